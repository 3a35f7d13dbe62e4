import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, startChaosProxy } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { defaultSocket, type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { launchScript } from "./support/launch.js";
import { serverProcesses } from "./support/server-processes.js";

const polite = "read -r line";

function open(
  daemon: ExecutorDaemon,
  options: { readonly proxy?: ChaosProxy; readonly detachTtlMs?: number } = {},
): Promise<ExecutorSession> {
  const { proxy, detachTtlMs } = options;
  const url = proxy === undefined ? daemon.address : `grpc://127.0.0.1:${proxy.port}`;
  return connectExecutor({ url, token: daemon.token, clientName: "test", clientVersion: "0", detachTtlMs });
}

test("a session whose connection broke keeps its processes for its TTL, and no longer", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene, { listen: "127.0.0.1:0" });
  await using proxy = await startChaosProxy({ targetPort: daemon.port });
  const session = await open(daemon, { proxy, detachTtlMs: 1_000 });
  expect(session.grantedDetachTtlMs).toBe(1_000);
  const { process, ready } = await launchScript(session, scene.marker, polite);
  await ready;
  await using other = await open(daemon);
  const bystander = await launchScript(other, scene.marker, polite);
  await bystander.ready;

  const startedAtMs = performance.now();
  proxy.admit("refuse");
  proxy.cut();
  expect(await session.lost).toMatchObject({ code: "unavailable", reason: "session_lost" });
  expect(await process.exited).toEqual({ reason: "session_lost", code: null, signal: null });
  await expect.poll(() => serverProcesses(scene).length, { timeout: 4_000, interval: 20 }).toBe(1);
  expect(performance.now() - startedAtMs).toBeGreaterThan(800);
  expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  // Another session is nobody else's business.
  expect(serverProcesses(scene).map(({ pid }) => pid)).toEqual([bystander.process.pid]);
  // Its processes go first, and then the session itself.
  await expect.poll(() => other.describe()).toMatchObject({ sessions: 1, processes: 1 });
});

test("an explicit close does not wait for it, and answers what it ended", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const session = await open(daemon, { detachTtlMs: 600_000 });
  const { process, ready } = await launchScript(session, scene.marker, polite);
  await ready;
  const report = await session.close();
  expect(report).toMatchObject({ ended: [{ pid: process.pid, name: "sh" }], forced: [], survived: [] });
  expect(await process.exited).toMatchObject({ reason: "stopped" });
  expect(serverProcesses(scene)).toEqual([]);
});

test.each([
  ["a unix socket", undefined, undefined, 2_000],
  ["TCP", "127.0.0.1:0", undefined, 30_000],
  ["TCP, where more than ten minutes are wished", "127.0.0.1:0", 3_600_000, 600_000],
])("the TTL on %s", async (_, listen, wishedMs, grantedMs) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene, { listen: listen ?? `unix://${defaultSocket(scene)}` });
  await using session = await open(daemon, wishedMs === undefined ? {} : { detachTtlMs: wishedMs });
  expect(session.grantedDetachTtlMs).toBe(grantedMs);
});
