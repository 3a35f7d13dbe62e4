import { type RawClient, readCompleteFile, waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean, expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { heldServer } from "./support/held-server.js";

const ladderMs = 4_000;

/** Checks that a command ended by a signal: exit 130, one line, nothing left by then. */
async function expectInterrupted(
  scene: Scene,
  command: RawClient,
  stillRunning: readonly number[] = [],
): Promise<void> {
  expect(await command.exited).toMatchObject({ code: 130, signal: null });
  expectClean({ stdout: "", stderr: command.stderr() });
  expect(command.lines).toEqual([]);
  expect(command.stderr().trimEnd()).toMatch(/^fairlead: Interrupted by SIG[A-Z]+$/);
  await expectNothingLeft(scene, stillRunning);
}

// Each has a machine of its own, and most of its time is spent waiting for a ladder.
describe.concurrent.each(["SIGTERM", "SIGINT"] as const)("%s to a call in flight", (signal) => {
  test.each(["local", "far"])(
    "cancels it, and ends its server before it exits; executor: %s",
    async (place) => {
      await using scene = await createScene();
      await using daemon = place === "far" ? await startDaemon(scene) : undefined;
      const held = heldServer(scene, { more: [`executor = "${place}"`] });
      await scene.configure(held.table + (daemon === undefined ? "" : executorTable("far", daemon)));
      const command = await scene.start(["call", "held", "any"]);
      await held.called();
      command.kill(signal);
      await expectInterrupted(scene, command, daemon === undefined ? [] : [daemon.pid]);
      await held.cancelled();
    },
  );

  test("is told to programs as one line of JSON", async () => {
    await using scene = await createScene();
    const held = heldServer(scene);
    await scene.configure(held.table);
    const command = await scene.start(["call", "held", "any", "--json"]);
    await held.called();
    command.kill(signal);
    expect(await command.exited).toMatchObject({ code: 130 });
    expect(JSON.parse(command.stderr())).toMatchObject({ error: { code: "canceled", details: { signal } } });
    await expectNothingLeft(scene);
  });
});

test("a stubborn server is killed at the end of the ladder, which the call awaits", async () => {
  await using scene = await createScene();
  const held = heldServer(scene, { stubborn: true });
  await scene.configure(held.table);
  const command = await scene.start(["call", "held", "any"]);
  await held.called();
  const startedAtMs = performance.now();
  command.kill("SIGTERM");
  await expectInterrupted(scene, command);
  expect(performance.now() - startedAtMs).toBeLessThan(ladderMs + 2_000);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s to a start that hangs in the handshake ends it too",
  async (signal) => {
    await using scene = await createScene();
    const pidFile = scene.folder.file("pid");
    await scene.configure(scene.server("s", ["--no-handshake", "--pid-file", pidFile]));
    const command = await scene.start(["tools", "s"]);
    await readCompleteFile(pidFile, { withinMs: 5_000 });
    command.kill(signal);
    await expectInterrupted(scene, command);
  },
);

test("a second signal ends the command at once, and what it started soon after", async () => {
  await using scene = await createScene();
  const held = heldServer(scene, { stubborn: true });
  await scene.configure(held.table);
  const command = await scene.start(["call", "held", "any"]);
  await held.called();
  command.kill("SIGINT");
  await held.cancelled();
  const secondAtMs = performance.now();
  command.kill("SIGINT");
  const exit = await command.exited;
  expect(exit).toMatchObject({ code: 130 });
  expect(exit.atMs - secondAtMs).toBeLessThan(500);
  await waitUntilGone(scene.marker, { withinMs: ladderMs });
  expect(await scene.leftovers()).toEqual([]);
});
