import { initializeRawClient, processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { startCall } from "./support/calls.js";
import { serverProcesses, waitUntilServersGone } from "./support/server-processes.js";

/** Close stdin, 2 s, SIGTERM, 2 s, SIGKILL. */
const ladderMs = 4_000;
const slackMs = 1_000;
const ttlMs = 3_000;

const stubborn = ["--ignore-eof", "--ignore-term"];

/** Starts `serve` with a call in flight in a server that may have a grandchild, and kills `serve` in the middle of it. */
async function killServeDuringCall(scene: Scene, withGrandchild: boolean): Promise<void> {
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  if (withGrandchild) {
    await agent.request("tools/call", {
      name: "s__spawn-child",
      arguments: { stubborn: true, detached: true },
    });
  }
  await startCall(agent, "s__sleep", { ms: 600_000 });
  expect(serverProcesses(scene)).toHaveLength(withGrandchild ? 2 : 1);
  agent.kill("SIGKILL");
  await agent.exited;
}

test.concurrent.each([
  ["a stubborn server with a stubborn grandchild", stubborn],
  ["a polite server", []],
])("on an executor %s ends after its detach TTL of 3 s and the ladder", async (_, flags) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await scene.configure(
    executorTable("far", daemon, ["detach_ttl_sec = 3"]) + scene.server("s", flags, ['executor = "far"']),
  );
  await killServeDuringCall(scene, flags.length > 0);
  const tookMs = await waitUntilServersGone(scene, ttlMs + ladderMs + slackMs);
  // A network that only hiccups must not cost a server: it lives on for its whole TTL.
  expect(tookMs).toBeGreaterThan(ttlMs - slackMs);
  expect(processesWithMarker(scene.marker).map(({ pid }) => pid)).toEqual([daemon.pid]);
});

test.concurrent.each([
  ["a stubborn server with a stubborn grandchild", stubborn],
  ["a polite server", []],
])("on this machine %s ends with the local executor and its socket folder", async (_, flags) => {
  await using scene = await createScene();
  await scene.configure(scene.server("s", flags));
  await killServeDuringCall(scene, flags.length > 0);
  await waitUntilGone(scene.marker, { withinMs: ladderMs + 2_000 + slackMs });
  expect(await scene.leftovers()).toEqual([]);
});
