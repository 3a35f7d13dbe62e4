import { readFile } from "node:fs/promises";
import { type Executor, startExecutor } from "@fairlead/executor";
import { connectExecutor, type ExecutorSession, type SessionState } from "@fairlead/link";
import { startChaosProxy, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchScript } from "./support/launch.js";
import { serverProcesses } from "./support/server-processes.js";

const heartbeatMs = 100;
const silenceMs = 3 * heartbeatMs;

/** An executor in this process, with heartbeats fast enough for a test. */
function startFast(scene: Scene): Promise<Executor> {
  return startExecutor({
    listen: "127.0.0.1:0",
    stateDir: scene.folder.path,
    version: "0",
    limits: { heartbeatMs },
  });
}

async function openThrough(executor: Executor, port: number): ReturnType<typeof connectExecutor> {
  const token = (await readFile(executor.tokenPath ?? "", "utf8")).trim();
  return connectExecutor({
    url: `grpc://127.0.0.1:${port}`,
    token,
    clientName: "test",
    clientVersion: "0",
    detachTtlMs: 500,
  });
}

function reaches(session: ExecutorSession, wanted: SessionState["state"]): Promise<SessionState> {
  return new Promise((resolve) => {
    const stop = session.onState((state) => {
      if (state.state !== wanted) return;
      stop();
      resolve(state);
    });
  });
}

test("a line that goes silent without a goodbye is noticed by both ends", async () => {
  await using scene = await createScene();
  await using executor = await startFast(scene);
  const port = Number(executor.address.split(":").at(-1));
  await using proxy = await startChaosProxy({ targetPort: port });
  const session = await openThrough(executor, proxy.port);
  const { process, ready } = await launchScript(session, scene.marker, "read -r line");
  await ready;

  const silentAtMs = performance.now();
  proxy.pause();
  const broke = await reaches(session, "recovering");
  const noticedMs = performance.now() - silentAtMs;
  expect(broke).toMatchObject({
    error: { message: expect.stringMatching(/was silent for \d+ ms/) as string },
  });
  expect(await session.lost).toMatchObject({ code: "unavailable", reason: "session_lost" });
  expect(noticedMs).toBeGreaterThan(silenceMs - heartbeatMs);
  expect(noticedMs).toBeLessThan(silenceMs + 1_000);
  expect(await process.exited).toMatchObject({ reason: "session_lost" });
  await waitUntil(() => serverProcesses(scene).length === 0, {
    withinMs: 3_000,
    what: "the end of the process",
  });
});

test("a session that only listens is kept alive by its heartbeats", async () => {
  await using scene = await createScene();
  await using executor = await startFast(scene);
  const port = Number(executor.address.split(":").at(-1));
  await using proxy = await startChaosProxy({ targetPort: port });
  await using session = await openThrough(executor, proxy.port);
  const { process, ready } = await launchScript(session, scene.marker, "sleep 1; exit 7");
  await ready;
  // Three times as long as silence would be taken for the end.
  expect(await process.exited).toEqual({ reason: "exited", code: 7, signal: null });
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
});

test("a hiccup shorter than the limit costs nothing", async () => {
  await using scene = await createScene();
  await using executor = await startFast(scene);
  const port = Number(executor.address.split(":").at(-1));
  await using proxy = await startChaosProxy({ targetPort: port });
  await using session = await openThrough(executor, proxy.port);
  proxy.pause();
  const answered = session.describe();
  setTimeout(() => proxy.resume(), heartbeatMs);
  expect(await answered).toMatchObject({ sessions: 1 });
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
});
