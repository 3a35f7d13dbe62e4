import { expect, test } from "vitest";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";

const isCall = ({ method }: Received): boolean => method === "tools/call";
const isList = ({ method }: Received): boolean => method === "tools/list";
const silent = (message: Received): object | undefined =>
  isCall(message) || isList(message) ? undefined : { result: {} };
const listed = (...names: string[]): object => ({ result: { tools: names.map((name) => ({ name })) } });

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
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  expect(servers.runningCount).toBe(1);
  end();
  expect(await scene.event("stopped")).toMatchObject({ cause: "idle" });
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
