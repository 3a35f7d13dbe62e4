import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";

const isCall = ({ method }: Received): boolean => method === "tools/call";
const isList = ({ method }: Received): boolean => method === "tools/list";
const silent = (message: Received): object | undefined =>
  isCall(message) || isList(message) ? undefined : { result: {} };
const listed = (...names: string[]): object => ({ result: { tools: names.map((name) => ({ name })) } });

/** From here on time passes only when the test says so: what has not happened by then does not happen. */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("a restart cuts no list that is being read, and its reader hears if the successor's is another", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: silent });
  const agent = createAgent("a");
  const server = scene.pool.attach(servers.define(), agent);
  await server.ready();
  const reading = server.list("tools/list");
  const former = await servers.started(1);
  const { id } = await former.next(isList);
  await scene.pool.restart("memory");
  former.say({ id, ...listed("old") });
  expect((await reading).map(({ name }) => name)).toEqual(["old"]);
  expect(await scene.event("stopped")).toMatchObject({ cause: "restart" });
  expect(scene.events.some(({ type }) => type === "warning")).toBe(false);
  const next = await servers.started(2);
  next.say({ id: (await next.next(isList)).id, ...listed("new") });
  await scene.event("list-changed");
  expect(agent.listChanges).toEqual(["tools/list"]);
});

test("a release that waits for calls cuts no list that is being read, nor a start under way", async () => {
  await using scene = createPoolScene();
  let start = (): void => {};
  const servers = createMemoryServers({
    answer: silent,
    beforeStart: () => new Promise<void>((resolve) => void (start = resolve)),
  });
  const server = scene.pool.attach(servers.define(), createAgent("a"));
  const reading = server.list("tools/list");
  await scene.event("starting");
  await nextTurn();
  const released = server.release({ whenIdle: true });
  start();
  const process = await servers.started(1);
  process.say({ id: (await process.next(isList)).id, ...listed("t") });
  expect(await reading).toHaveLength(1);
  await released;
  expect(servers.runningCount).toBe(0);
});

test("a hold keeps a server that was let go of for the calls of its request, and no longer", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  for (const share of ["client", "all"] as const) {
    const server = scene.pool.attach(servers.define({ share }), createAgent("a"));
    const [end, other] = [server.hold(), server.hold()];
    await server.ready();
    const released = server.release({ whenIdle: true });
    other();
    expect(await ask(server, "tools/call")).toEqual({});
    expect(server.connection).toBeDefined();
    end();
    end();
    await released;
    await expect(ask(server, "tools/call")).rejects.toMatchObject({ code: "canceled" });
    expect(() => server.hold()).toThrow("stopped");
  }
});

test("a hold is not waited for by whoever is in a hurry", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const server = scene.pool.attach(servers.define(), createAgent("a"));
  server.hold();
  await server.ready();
  const waiting = server.release({ whenIdle: true });
  await server.release();
  await waiting;
  expect(servers.runningCount).toBe(0);
  await expect(ask(server, "tools/call")).rejects.toMatchObject({ code: "canceled" });
});

test("a hold keeps a server from being stopped as idle", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const server = scene.pool.attach(servers.define({ idleTimeoutMs: 5 }), createAgent("a"));
  const end = server.hold();
  await server.ready();
  // One that nobody holds is the clock: it was ready later and has the same time.
  const unheld = createMemoryServers();
  await scene.pool.attach(unheld.define({ idleTimeoutMs: 5 }), createAgent("b")).ready();
  await scene.event("stopped");
  expect([servers.runningCount, unheld.runningCount]).toEqual([1, 0]);
  end();
  expect(await scene.event("stopped", 2)).toMatchObject({ cause: "idle" });
});

test("output that is held back is read again of a run that only finishes its calls", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: silent });
  const server = scene.pool.attach(servers.define(), createAgent("slow"));
  const pending = ask(server, "tools/call");
  const former = await servers.started(1);
  const { id } = await former.next(isCall);
  const release = server.holdOutput();
  await scene.pool.restart("memory");
  const readBytes = former.consumedBytes;
  former.say({ id, result: { late: true } });
  expect(await pending).toEqual({ late: true });
  expect(former.consumedBytes).toBeGreaterThan(readBytes);
  // The successor is what the agent is slow for now.
  const next = await servers.started(2);
  const heldBytes = next.consumedBytes;
  next.say({ method: "custom/hello" });
  expect(next.consumedBytes).toBe(heldBytes);
  release();
  expect(next.consumedBytes).toBeGreaterThan(heldBytes);
});

test("whoever is in a hurry ends a start under way that an earlier release waits for, with its own graces", async () => {
  await using scene = createPoolScene();
  const stuck = createMemoryServers({ beforeStart: () => new Promise<void>(() => {}) });
  const starting = scene.pool.attach(stuck.define({ name: "stuck" }), createAgent("a"));
  const start = starting.ready().catch((error: { code: string }) => error.code);
  await scene.event("starting");
  const waiting = starting.release({ whenIdle: true });
  await starting.release();
  await waiting;
  expect(await start).toBe("canceled");
  const servers = createMemoryServers({ answer: silent });
  const listing = scene.pool.attach(servers.define(), createAgent("a"));
  const reading = listing.list("tools/list").catch((error: { code: string }) => error.code);
  const process = await servers.started(1);
  await process.next(isList);
  void listing.release({ whenIdle: true });
  await listing.release({ times: { termGraceMs: 7 } });
  expect([process.stops, await reading]).toEqual([[{ termGraceMs: 7 }], "canceled"]);
});

describe("a copy that only finishes calls for agents that let go of it", () => {
  test.each(["client", "all"] as const)("is not started anew by a restart (share = %s)", async (share) => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: silent });
    const server = scene.pool.attach(servers.define({ share }), createAgent("a"));
    const pending = ask(server, "tools/call");
    const process = await servers.started(1);
    const { id } = await process.next(isCall);
    const released = server.release({ whenIdle: true, isObsolete: true });
    await scene.pool.restart("memory");
    expect([servers.processes.length, process.isRunning]).toEqual([1, true]);
    process.say({ id, result: { whole: true } });
    expect(await pending).toEqual({ whole: true });
    await released;
    expect([servers.processes.length, servers.runningCount]).toEqual([1, 0]);
  });

  test("is not replaced when it is old, and finishes them all the same", async () => {
    fakeTimers();
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: silent });
    const server = scene.pool.attach(servers.define({ maxLifetimeMs: 40 }), createAgent("a"));
    const pending = ask(server, "tools/call");
    const process = await servers.started(1);
    const { id } = await process.next(isCall);
    const released = server.release({ whenIdle: true });
    await vi.advanceTimersByTimeAsync(1_000);
    await nextTurn();
    expect([servers.processes.length, process.isRunning]).toEqual([1, true]);
    process.say({ id, result: { whole: true } });
    expect(await pending).toEqual({ whole: true });
    await released;
    expect(servers.runningCount).toBe(0);
  });

  test("is not started anew when it crashes, but for what a hold is still to ask of it", async () => {
    fakeTimers();
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const end = server.hold();
    await server.ready();
    const released = server.release({ whenIdle: true });
    (await servers.started(1)).exit();
    await scene.event("lost");
    await vi.advanceTimersByTimeAsync(1_000);
    await nextTurn();
    expect([servers.processes.length, scene.events.some(({ type }) => type === "restarting")]).toEqual([
      1,
      false,
    ]);
    expect(await ask(server, "tools/call")).toEqual({});
    end();
    await released;
    expect(servers.runningCount).toBe(0);
  });
});
