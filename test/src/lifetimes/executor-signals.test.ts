import { existsSync } from "node:fs";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { waitUntilGone } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { defaultSocket, type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { type Launched, launchScript, stubbornScript } from "./support/launch.js";
import { serverProcesses } from "./support/server-processes.js";

const ladderMs = 4_000;

async function open(daemon: ExecutorDaemon): Promise<ExecutorSession> {
  return connectExecutor({
    url: daemon.address,
    token: daemon.token,
    clientName: "test",
    clientVersion: "0",
  });
}

/** Three trees in two sessions, one of them stubborn if wished. */
async function fill(scene: Scene, daemon: ExecutorDaemon, stubborn: boolean): Promise<Launched[]> {
  const [one, other] = [await open(daemon), await open(daemon)];
  const launched = [
    await launchScript(one, scene.marker, "read -r line"),
    await launchScript(one, scene.marker, "sleep 600 & read -r line; kill $!"),
    await launchScript(other, scene.marker, stubborn ? stubbornScript : "read -r line"),
  ];
  for (const { ready } of launched) await ready;
  expect(serverProcesses(scene).length).toBeGreaterThanOrEqual(3);
  return launched;
}

test.concurrent.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s ends every tree in order, then the daemon",
  async (signal) => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    const launched = await fill(scene, daemon, false);
    daemon.kill(signal);
    for (const { process } of launched) {
      expect(await process.exited).toMatchObject({ reason: "executor_shutdown" });
    }
    expect(await daemon.exited).toMatchObject({ code: 0, signal: null });
    await waitUntilGone(scene.marker, { withinMs: 500 });
    expect(existsSync(defaultSocket(scene))).toBe(false);
    expect(existsSync(`${defaultSocket(scene)}.lock`)).toBe(false);
    expect(daemon.stderr()).toBe("");
  },
);

test.concurrent("a stubborn tree is killed at the end of the ladder", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const [, , stubborn] = await fill(scene, daemon, true);
  const startedAtMs = performance.now();
  daemon.kill("SIGTERM");
  expect(await stubborn?.process.exited).toEqual({
    reason: "executor_shutdown",
    code: null,
    signal: "SIGKILL",
  });
  const exit = await daemon.exited;
  expect(exit).toMatchObject({ code: 0 });
  expect(exit.atMs - startedAtMs).toBeGreaterThan(ladderMs - 500);
  expect(exit.atMs - startedAtMs).toBeLessThan(ladderMs + 2_000);
  await waitUntilGone(scene.marker, { withinMs: 500 });
});

test.concurrent("a second signal ends stubborn trees at once", async ({ expect }) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const session = await open(daemon);
  const { process, ready } = await launchScript(session, scene.marker, stubbornScript);
  await ready;
  daemon.kill("SIGTERM");
  // The first one has arrived when no new session is taken any more.
  await expect
    .poll(() =>
      open(daemon).then(
        () => "open",
        (error: Error) => error.message,
      ),
    )
    .toMatch("shutting down");
  const secondAtMs = performance.now();
  daemon.kill("SIGTERM");
  const exit = await daemon.exited;
  expect(exit).toMatchObject({ code: 0 });
  expect(exit.atMs - secondAtMs).toBeLessThan(1_500);
  expect(await process.exited).toMatchObject({ signal: "SIGKILL" });
  await waitUntilGone(scene.marker, { withinMs: 500 });
});

test.concurrent("while it ends it says so to clients", async ({ expect }) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const session = await open(daemon);
  const { process, ready } = await launchScript(
    session,
    scene.marker,
    "trap 'read -r x' TERM; echo ready; sleep 600",
  );
  await ready;
  daemon.kill("SIGTERM");
  await expect
    .poll(() => open(daemon).catch((error: unknown) => error))
    .toMatchObject({ code: "unavailable", reason: "executor_draining", effect: "none" });
  expect(await process.exited).toMatchObject({ reason: "executor_shutdown" });
  const lost = await session.lost;
  expect(lost).toMatchObject({ code: "unavailable", reason: "session_lost" });
  expect(await daemon.exited).toMatchObject({ code: 0 });
});
