import { expect, test } from "vitest";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import type { ServerDefinition } from "./server-definition.js";

const holdCalls = ({ method }: Received): object | undefined =>
  method === "tools/call" ? undefined : { result: {} };
const isCall = ({ method }: Received): boolean => method === "tools/call";

/** A copy that was used once and is kept for the next agent. */
async function keptCopy(settings: Partial<ServerDefinition> = {}) {
  const scene = createPoolScene();
  const servers = createMemoryServers({ answer: holdCalls });
  const define = (more: Partial<ServerDefinition> = {}): ServerDefinition =>
    servers.define({ share: "all", instanceKey: "k", ...settings, ...more });
  const definition = define();
  const first = scene.pool.attach(definition, createAgent("first"));
  await first.ready();
  await first.release();
  return { scene, servers, define, definition };
}

test("a shared copy that nobody holds ends with a configuration that has it no more", async () => {
  for (const next of [
    { instanceKey: "other" },
    { share: "client" },
    { forwardHeaders: ["x-a"] },
    undefined,
  ]) {
    const { scene, servers, define } = await keptCopy();
    await using _ = scene;
    scene.pool.reload(next === undefined ? [] : [define(next as Partial<ServerDefinition>)]);
    expect(scene.pool.statuses([define()])[0]).toMatchObject({ state: "idle", instanceCount: 0 });
    await nextTurn();
    expect(servers.processes.map(({ isRunning }) => isRunning)).toEqual([false]);
  }
});

test("one that is configured still is kept, and goes by its new limits", async () => {
  const { scene, servers, define, definition } = await keptCopy();
  await using _ = scene;
  scene.pool.reload([definition]);
  scene.pool.reload([define({ supportsParallelToolCalls: false })]);
  const next = scene.pool.attach(define({ supportsParallelToolCalls: false }), createAgent("next"));
  const calls = [ask(next, "tools/call", { mark: 1 }), ask(next, "tools/call", { mark: 2 })];
  const process = await servers.started(1);
  const { id } = await process.next(isCall);
  await ask(next, "ping");
  expect([process.calls("tools/call").length, servers.processes.length]).toEqual([1, 1]);
  process.say({ id, result: {} });
  const second = await process.next((message) => isCall(message) && message.id !== id);
  process.say({ id: second.id, result: {} });
  await Promise.all(calls);
});

test("one that is configured still ends after the idle time that it has now", async () => {
  const { scene, define } = await keptCopy();
  await using _ = scene;
  scene.pool.reload([define({ idleTimeoutMs: 5 })]);
  expect(await scene.event("stopped")).toMatchObject({ cause: "released" });
});

test("a shared copy that configuration has no more ends with its last agent, whose release waits for that", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: holdCalls });
  const definition = servers.define({ share: "all", instanceKey: "k" });
  const [one, two] = ["one", "two"].map((name) => scene.pool.attach(definition, createAgent(name)));
  if (one === undefined || two === undefined) throw new Error("No holds");
  const pending = ask(two, "tools/call");
  const process = await servers.started(1);
  const { id } = await process.next(isCall);
  const releases = [one, two].map((hold) => hold.release({ whenIdle: true, isObsolete: true }));
  expect(await releases[0]).toBeUndefined();
  expect(process.isRunning).toBe(true);
  process.say({ id, result: { whole: true } });
  expect(await pending).toEqual({ whole: true });
  expect(await releases[1]).toMatchObject({ ended: [{ pid: 1 }] });
  expect(process.isRunning).toBe(false);
  // Whoever comes later has a copy of its own to join.
  await scene.pool.attach(definition, createAgent("later")).ready();
  expect(servers.runningCount).toBe(1);
});

test("a configuration that is taken back in time finds the former copy again, and it is kept as before", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: holdCalls });
  const definition = servers.define({ share: "all", instanceKey: "k" });
  const former = scene.pool.attach(definition, createAgent("a"));
  const pending = ask(former, "tools/call");
  const process = await servers.started(1);
  const { id } = await process.next(isCall);
  const released = former.release({ whenIdle: true, isObsolete: true });
  const again = scene.pool.attach(definition, createAgent("a"));
  process.say({ id, result: {} });
  await Promise.all([pending, released]);
  await again.ready();
  await again.release();
  expect([servers.processes.length, servers.runningCount]).toEqual([1, 1]);
});

test("a former copy that is found again goes by the limits that it is found with", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: holdCalls });
  const define = (settings: Partial<ServerDefinition>): ServerDefinition =>
    servers.define({ share: "all", instanceKey: "k", ...settings });
  const former = scene.pool.attach(define({}), createAgent("a"));
  const pending = ask(former, "tools/call");
  const process = await servers.started(1);
  const { id } = await process.next(isCall);
  const released = former.release({ whenIdle: true, isObsolete: true });
  const again = scene.pool.attach(define({ idleTimeoutMs: 5 }), createAgent("a"));
  process.say({ id, result: {} });
  await Promise.all([pending, released, again.release()]);
  expect(await scene.event("stopped")).toMatchObject({ cause: "released" });
});
