import { FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";

const slowTools = ({ method, params }: Received): object | undefined =>
  method === "tools/call" && params?.["name"] === "slow" ? undefined : { result: {} };

const isCall = ({ method }: Received): boolean => method === "tools/call";

describe("a server that nobody calls", () => {
  test("is stopped after its idle time, and started again when it is needed", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const server = scene.pool.attach(servers.define({ idleTimeoutMs: 15 }), createAgent("a"));
    await ask(server, "tools/call");
    expect(await scene.event("stopped")).toEqual({ type: "stopped", server: "memory", cause: "idle" });
    expect([servers.runningCount, server.connection]).toEqual([0, undefined]);
    expect(scene.pool.statuses([servers.define()])[0]).toMatchObject({ state: "idle", instanceCount: 0 });
    expect(await ask(server, "tools/call")).toEqual({});
    expect(servers.processes).toHaveLength(2);
  });

  test("is kept while a call is under way, or somebody is subscribed", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    // One that nobody uses is the clock: it was ready later and has the same time.
    const anIdleOneStops = async (times: number): Promise<void> => {
      const unused = createMemoryServers().define({ idleTimeoutMs: 5 });
      await scene.pool.attach(unused, createAgent(`idle ${times}`)).ready();
      await scene.event("stopped", times);
    };
    const server = scene.pool.attach(servers.define({ idleTimeoutMs: 5 }), createAgent("a"));
    const pending = ask(server, "tools/call", { name: "slow" });
    const process = await servers.started(1);
    const { id } = await process.next(isCall);
    await anIdleOneStops(1);
    expect(servers.runningCount).toBe(1);
    const subscribing = ask(server, "resources/subscribe", { uri: "u:1" });
    process.say({ id, result: {} });
    await Promise.all([pending, subscribing]);
    await anIdleOneStops(2);
    expect(servers.runningCount).toBe(1);
    await ask(server, "resources/unsubscribe", { uri: "u:1" });
    await scene.event("stopped", 3);
  });

  test("is kept for the next agent if they share it, and stopped at once if not", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const definition = servers.define({ share: "all", idleTimeoutMs: 15 });
    const [one, two] = [createAgent("one"), createAgent("two")];
    const first = scene.pool.attach(definition, one);
    const connection = await first.ready();
    expect(await first.release()).toBeUndefined();
    const second = scene.pool.attach(definition, two);
    expect(await second.ready()).toBe(connection);
    await second.release();
    expect(await scene.event("stopped")).toMatchObject({ cause: "released" });
    const own = scene.pool.attach(servers.define(), createAgent("own"));
    await own.ready();
    expect(await own.release({ times: { termGraceMs: 1 } })).toMatchObject({ ended: [{ pid: 2 }] });
    expect(servers.processes[1]?.stops).toEqual([{ termGraceMs: 1 }]);
    expect(servers.runningCount).toBe(0);
  });
});

test("a server that is old takes no new calls, and ends after its last one", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const server = scene.pool.attach(servers.define({ maxLifetimeMs: 30 }), createAgent("a"));
  const pending = ask(server, "tools/call", { name: "slow" });
  const old = await servers.started(1);
  const { id } = await old.next(isCall);
  await scene.event("ready", 2);
  await ask(server, "tools/call", { name: "quick" });
  expect(servers.runningCount).toBe(2);
  expect(scene.pool.statuses([servers.define()])[0]).toMatchObject({ state: "ready", instanceCount: 2 });
  old.say({ id, result: { from: "the old one" } });
  expect(await pending).toEqual({ from: "the old one" });
  expect(await scene.event("stopped")).toMatchObject({ cause: "lifetime" });
  expect(old.isRunning).toBe(false);
});

test("a restart that is asked for cuts no call", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const server = scene.pool.attach(servers.define(), createAgent("a"));
  const pending = ask(server, "tools/call", { name: "slow" });
  const old = await servers.started(1);
  const { id } = await old.next(isCall);
  await scene.pool.restart("memory");
  expect(servers.runningCount).toBe(2);
  old.say({ id, result: { kept: true } });
  expect(await pending).toEqual({ kept: true });
  expect(await scene.event("stopped")).toMatchObject({ cause: "restart" });
});

describe("a restart while a start is under way", () => {
  /** Their first start hangs. */
  const hanging = (beforeLater: () => void = () => {}) =>
    createMemoryServers({
      beforeStart: (number) => (number === 1 ? new Promise<void>(() => {}) : beforeLater()),
    });

  test("gives that start up, and whoever waited for it gets the new one", async () => {
    await using scene = createPoolScene();
    const servers = hanging();
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const waiting = server.ready();
    const call = ask(server, "tools/call");
    await scene.event("starting");
    await scene.pool.restart("memory");
    expect(await waiting).toBe(server.connection);
    expect(await call).toEqual({});
    expect(servers.processes.map(({ number, isRunning }) => [number, isRunning])).toEqual([[2, true]]);
    const told = scene.events.map(({ type }) => type).filter((type) => !type.startsWith("call-"));
    expect(told).toEqual(["starting", "cancelled", "starting", "ready"]);
  });

  test("uses nothing that the former start had taken", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    let login = "the old login";
    const taken: string[] = [];
    const logins: string[] = [];
    const definition = servers.define({
      prepare: async (signal) => {
        taken.push(login);
        const [mine] = taken.slice(-1);
        const transport = await servers.define().prepare(signal);
        await nextTurn();
        signal.throwIfAborted();
        logins.push(mine ?? "");
        return transport;
      },
    });
    const server = scene.pool.attach(definition, createAgent("a"));
    const waiting = server.ready();
    await scene.event("starting");
    login = "none";
    await scene.pool.restart("memory");
    await waiting;
    expect([taken, logins]).toEqual([["the old login", "none"], ["none"]]);
  });

  test("fails with the new start, and so does whoever waited", async () => {
    await using scene = createPoolScene();
    const servers = hanging(() => {
      throw new FairleadError("usage", "It is gone", { reason: "program_not_found", effect: "none" });
    });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const waiting = server.ready().catch((error: unknown) => error);
    await scene.event("starting");
    await expect(scene.pool.restart("memory")).rejects.toThrow("It is gone");
    expect(String(await waiting)).toContain("It is gone");
  });

  test("ends a start that nobody waits for any more, and the next agent gets one of its own", async () => {
    await using scene = createPoolScene();
    const servers = hanging();
    const definition = servers.define({ share: "all" });
    const former = scene.pool.attach(definition, createAgent("a"));
    const waiting = former.ready().catch((error: unknown) => error);
    await scene.event("starting");
    await former.release();
    await scene.pool.restart("memory");
    expect(await waiting).toMatchObject({ code: "canceled" });
    expect(scene.pool.statuses([definition])[0]).toMatchObject({ state: "idle", instanceCount: 0 });
    await scene.pool.attach(definition, createAgent("b")).ready();
    expect(servers.runningCount).toBe(1);
  });
});

describe("letting go", () => {
  test("takes back the calls under way", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    for (const share of ["client", "all"] as const) {
      const server = scene.pool.attach(servers.define({ share }), createAgent("a"));
      const pending = ask(server, "tools/call", { name: "slow" });
      const process = await servers.started(servers.processes.length + 1);
      await process.next(isCall);
      const released = server.release();
      await expect(pending).rejects.toMatchObject({ code: "canceled" });
      await released;
      await process.next(({ method }) => method === "notifications/cancelled");
      await expect(ask(server, "tools/call")).rejects.toMatchObject({ code: "canceled" });
      await expect(server.ready()).rejects.toMatchObject({ code: "canceled" });
    }
  });

  test("can wait for them, and takes no new ones meanwhile", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    const pending = ask(server, "tools/call", { name: "slow" });
    const process = await servers.started(1);
    const { id } = await process.next(isCall);
    const released = server.release({ whenIdle: true });
    await expect(ask(server, "tools/call")).rejects.toMatchObject({ code: "canceled" });
    process.say({ id: "q", method: "elicitation/create" });
    expect((await process.next((message) => message.id === "q")).result).toEqual({ answeredBy: "a" });
    process.say({ id, result: { done: true } });
    expect(await pending).toEqual({ done: true });
    expect(await released).toMatchObject({ ended: [{ pid: 1 }] });
    expect(process.isRunning).toBe(false);
  });

  test("ends the wait when whoever waits is in a hurry after all", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const pending = ask(server, "tools/call", { name: "slow" });
    await (await servers.started(1)).next(isCall);
    const released = server.release({ whenIdle: true });
    await server.release();
    await expect(pending).rejects.toMatchObject({ code: "canceled" });
    await released;
    expect(servers.runningCount).toBe(0);
  });

  test("gives up a start under way, also one that waits for its turn", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ beforeStart: () => new Promise<void>(() => {}) });
    const holds = Array.from({ length: 6 }, (_, at) =>
      scene.pool.attach(servers.define({ name: `s${at}` }), createAgent("a")),
    );
    const starts = holds.map((hold) => hold.ready().catch((error: { code: string }) => error.code));
    await scene.event("starting", 4);
    await Promise.all(holds.map((hold) => hold.release()));
    expect(await Promise.all(starts)).toEqual(Array(6).fill("canceled"));
    expect(scene.events.filter(({ type }) => type === "cancelled")).toHaveLength(6);
  });
});

test("closing the pool stops every copy, the kept and the retiring too, once", async () => {
  const scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const shared = scene.pool.attach(servers.define({ name: "shared", share: "all" }), createAgent("a"));
  await shared.ready();
  await shared.release();
  const own = scene.pool.attach(servers.define({ name: "own" }), createAgent("b"));
  const pending = ask(own, "tools/call", { name: "slow" });
  await (await servers.started(2)).next(isCall);
  await scene.pool.restart("own");
  expect(servers.runningCount).toBe(3);
  const [once, again] = [scene.pool.close({ stdinGraceMs: 1 }), scene.pool.close()];
  await expect(pending).rejects.toMatchObject({ code: "canceled" });
  expect(await once).toHaveLength(3);
  expect(await again).toBe(await once);
  expect(servers.processes.map(({ stops }) => stops)).toEqual(
    servers.processes.map(() => [{ stdinGraceMs: 1 }]),
  );
  expect(() => scene.pool.attach(servers.define(), createAgent("late"))).toThrow("stopped");
  await own.release();
});

describe("a server that takes one call at a time", () => {
  const idsOf = (received: readonly Received[]): unknown[] =>
    received.filter(isCall).map(({ params }) => params?.["mark"]);

  test("gets them in order, each after the answer to the one before", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    const definition = servers.define({ share: "all", supportsParallelToolCalls: false });
    const holds = ["a", "b"].map((name) => scene.pool.attach(definition, createAgent(name)));
    const pending = [0, 1, 2].map((mark) => {
      const hold = holds[mark % 2];
      if (hold === undefined) throw new Error("No hold");
      return ask(hold, "tools/call", { name: "slow", mark });
    });
    const process = await servers.started(1);
    // Other methods need no turn.
    for (const hold of holds) expect(await ask(hold, "prompts/get")).toEqual({});
    for (const mark of [0, 1, 2]) {
      const { id } = await process.next((message) => isCall(message) && message.params?.["mark"] === mark);
      expect(idsOf(process.received)).toEqual([0, 1, 2].slice(0, mark + 1));
      process.say({ id, result: { mark } });
      expect(await pending[mark]).toEqual({ mark });
    }
    expect(scene.pool.statuses([definition])[0]?.supportsParallelToolCalls).toBe(false);
  });

  test("never sees one that was taken back while it waited, and whose deadline had not begun", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers({ answer: slowTools });
    const definition = servers.define({ supportsParallelToolCalls: false, toolTimeoutMs: 40 });
    const server = scene.pool.attach(definition, createAgent("a"));
    const abort = new AbortController();
    const first = ask(server, "tools/call", { name: "slow", mark: 0 });
    const second = ask(server, "tools/call", { name: "slow", mark: 1 }, { signal: abort.signal });
    const third = ask(server, "tools/call", { name: "slow", mark: 2 });
    const process = await servers.started(1);
    await process.next(isCall);
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: "canceled" });
    const startedAtMs = performance.now();
    await expect(first).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect(third).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(performance.now() - startedAtMs).toBeGreaterThan(60);
    expect(idsOf(process.received)).toEqual([0, 2]);
  });
});

test("an interrupt takes back the calls of one server, or of all", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const pending = ["one", "two"].map((name) =>
    ask(scene.pool.attach(servers.define({ name }), createAgent(name)), "tools/call", { name: "slow" }).catch(
      (error: { code: string }) => error.code,
    ),
  );
  for (const number of [1, 2]) await (await servers.started(number)).next(isCall);
  expect(scene.pool.interrupt("one")).toBe(1);
  await nextTurn();
  expect(scene.pool.interrupt()).toBe(1);
  expect(await Promise.all(pending)).toEqual(["canceled", "canceled"]);
  expect(scene.pool.interrupt()).toBe(0);
});
