import { once } from "node:events";
import { expect, test } from "vitest";
import { spawnGroup } from "./process-group.js";

const idle = [process.execPath, "-e", "setInterval(() => {}, 1000)"];

/** Somebody else who handles the signal, which keeps the test process alive. */
function stay(): void {}

test("what still runs is killed when the test process itself is ended by SIGTERM", async () => {
  const leader = await spawnGroup(idle, {});
  const exited = once(leader.child, "exit");
  // The event stands for the signal.
  process.on("SIGTERM", stay);
  process.emit("SIGTERM");
  expect(await exited).toEqual([null, "SIGKILL"]);
  process.off("SIGTERM", stay);
  leader.release();
});

test("signals reach a group that is already gone without an error", async () => {
  const leader = await spawnGroup([process.execPath, "-e", "0"], {});
  await once(leader.child, "exit");
  expect(() => leader.kill("SIGTERM")).not.toThrow();
  leader.release();
});

test("an empty argv is refused", async () => {
  await expect(spawnGroup([], {})).rejects.toMatchObject({ code: "usage" });
});
