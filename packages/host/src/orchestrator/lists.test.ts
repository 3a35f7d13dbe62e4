import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createMemoryServers, type MemoryScript } from "../test-support/memory-servers.js";
import { createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import type { AgentServer } from "./agent-server.js";
import { type CachedLists, type CatalogueStore, catalogueVersion } from "./catalogue-store.js";
import { sameItems } from "./list-items.js";

/** A store in memory. */
function createStore(
  kept: Record<string, CachedLists> = {},
): CatalogueStore & { readonly kept: typeof kept } {
  return {
    kept,
    read: async (key) => kept[key],
    write: async (key, lists) => {
      kept[key] = lists;
    },
  };
}

/** What a store holds of a server that had these tools. */
function cached(...tools: string[]): CachedLists {
  const items = tools.map((name) => JSON.stringify({ name }));
  return {
    version: catalogueVersion,
    savedAt: "2026-01-01T00:00:00Z",
    capabilities: { tools: {} },
    lists: { "tools/list": items },
  };
}

/** A server whose tools can be changed. */
function toolServer(first: readonly string[], more: MemoryScript & { readonly extra?: object } = {}) {
  const tools = { names: first };
  const servers = createMemoryServers({
    ...more,
    answer: ({ method }) =>
      method === "tools/list"
        ? { result: { tools: tools.names.map((name) => ({ name, odd: [1.0] })), ...more.extra } }
        : { result: {} },
  });
  return { tools, servers };
}

async function names(server: AgentServer, patienceMs = 5_000): Promise<readonly (string | undefined)[]> {
  const items = (await server.listNow("tools/list", patienceMs)) ?? [];
  return items.map(({ name }) => name);
}

describe("a list", () => {
  test("is read once, and again after the server said that it changed", async () => {
    await using scene = createPoolScene();
    const { tools, servers } = toolServer(["a"]);
    const definition = servers.define({ share: "all" });
    const agents = [createAgent("one"), createAgent("two")];
    const [one, two] = agents.map((agent) => scene.pool.attach(definition, agent));
    if (one === undefined || two === undefined) throw new Error("No holds");
    expect(await Promise.all([names(one), names(two), names(one)])).toEqual([["a"], ["a"], ["a"]]);
    const process = await servers.started(1);
    expect(process.calls("tools/list")).toHaveLength(1);
    tools.names = ["b"];
    process.say({ method: "notifications/tools/list_changed" });
    expect(await names(two)).toEqual(["b"]);
    expect(await names(one)).toEqual(["b"]);
    expect(process.calls("tools/list")).toHaveLength(2);
    // The notification of the server told it.
    expect(agents.map(({ listChanges }) => listChanges)).toEqual([[], []]);
  });

  test("that the server does not announce is empty without asking", async () => {
    await using scene = createPoolScene();
    const { servers } = toolServer(["a"], { capabilities: { prompts: {} } });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    expect(await server.list("tools/list")).toEqual([]);
    expect((await servers.started(1)).calls("tools/list")).toHaveLength(0);
  });

  test("is given while its server is being restarted, and a difference is told", async () => {
    await using scene = createPoolScene({ restartTimes: { firstPauseMs: 20, longestPauseMs: 20 } });
    const { tools, servers } = toolServer(["a"]);
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    await names(server);
    tools.names = ["a", "new"];
    (await servers.started(1)).exit();
    await scene.event("restarting");
    expect(await names(server, 0)).toEqual(["a"]);
    expect(server.connection, "looking at a list does not cut the pause short").toBeUndefined();
    expect(await scene.event("list-changed")).toMatchObject({ list: "tools/list", isTold: false });
    expect(agent.listChanges).toEqual(["tools/list"]);
    expect(await names(server)).toEqual(["a", "new"]);
  });

  test("that is the same after a restart is not told", async () => {
    await using scene = createPoolScene();
    const { servers } = toolServer(["a"]);
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    await names(server);
    (await servers.started(1)).exit();
    const process = await servers.started(2);
    await process.next(({ method }) => method === "tools/list");
    await nextTurn();
    expect(agent.listChanges).toEqual([]);
  });

  test("that came too late is told as soon as it is there", async () => {
    await using scene = createPoolScene();
    let start = (): void => {};
    const { servers } = toolServer(["a"], {
      beforeStart: () => new Promise<void>((resolve) => void (start = resolve)),
    });
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    expect(await server.listNow("tools/list", 5)).toBeUndefined();
    start();
    await scene.event("list-changed");
    expect(agent.listChanges).toEqual(["tools/list"]);
  });

  test("of a server that cannot be started is missing, unless it is remembered", async () => {
    const failing = {
      beforeStart: () => {
        throw new FairleadError("unavailable", "no", { reason: "spawn_failed" });
      },
    };
    await using scene = createPoolScene({ catalogue: createStore({ "known.k": cached("old") }) });
    const { servers } = toolServer(["a"], failing);
    const unknown = scene.pool.attach(servers.define({ name: "unknown" }), createAgent("a"));
    const known = scene.pool.attach(servers.define({ name: "known", instanceKey: "k" }), createAgent("a"));
    expect(await unknown.listNow("tools/list", 5_000)).toBeUndefined();
    await expect(unknown.list("tools/list")).rejects.toThrow("no");
    expect(await names(known)).toEqual(["old"]);
    await expect(known.ready()).rejects.toThrow("no");
    expect(await names(known)).toEqual(["old"]);
  });
});

/** A server that does not say when its tools change. */
function quietServer(more: MemoryScript & { readonly extra?: object } = {}) {
  return toolServer(["a"], { capabilities: { tools: {} }, ...more });
}

describe("a list whose changes the server does not tell", () => {
  test("is read anew for everybody who asks for it, and nobody is told of what an agent finds out itself", async () => {
    await using scene = createPoolScene();
    const { tools, servers } = quietServer();
    const definition = servers.define({ share: "all" });
    const agents = [createAgent("one"), createAgent("two")];
    const [one, two] = agents.map((agent) => scene.pool.attach(definition, agent));
    if (one === undefined || two === undefined) throw new Error("No holds");
    expect([await names(one), await names(two)]).toEqual([["a"], ["a"]]);
    tools.names = ["b"];
    expect(await names(one)).toEqual(["b"]);
    tools.names = ["c"];
    expect(await names(one)).toEqual(["c"]);
    const process = await servers.started(1);
    expect(process.calls("tools/list")).toHaveLength(4);
    // Who asks while it is being read gets the same.
    expect(await Promise.all([names(one), names(two)])).toEqual([["c"], ["c"]]);
    expect(process.calls("tools/list")).toHaveLength(5);
    expect(agents.map(({ listChanges }) => listChanges)).toEqual([[], []]);
  });

  test("is not read for a call that looks something up in it, which finds what was shown last", async () => {
    await using scene = createPoolScene();
    const { tools, servers } = quietServer();
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const shown = await server.listNow("tools/list", 5_000);
    tools.names = ["b"];
    expect(await server.list("tools/list")).toBe(shown);
    expect(await server.listNow("tools/list", 0, "look-up")).toBe(shown);
    expect((await servers.started(1)).calls("tools/list")).toHaveLength(1);
    expect(await names(server)).toEqual(["b"]);
    expect((await server.list("tools/list")).map(({ name }) => name)).toEqual(["b"]);
  });

  test("that is the same as before is the same object, so that nothing is derived from it twice", async () => {
    await using scene = createPoolScene();
    const { servers } = quietServer();
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const first = await server.listNow("tools/list", 5_000);
    expect(await server.listNow("tools/list", 5_000)).toBe(first);
    expect((await servers.started(1)).calls("tools/list")).toHaveLength(2);
  });

  test("is given as it was where the server is busy, and a difference is told", async () => {
    await using scene = createPoolScene();
    let isBusy = false;
    const servers = createMemoryServers({
      capabilities: { tools: {} },
      answer: () => (isBusy ? undefined : { result: { tools: [{ name: "a" }] } }),
    });
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    await names(server);
    isBusy = true;
    expect(await names(server), "after two seconds").toEqual(["a"]);
    expect(agent.listChanges).toEqual([]);
    const process = await servers.started(1);
    const { id } = process.calls("tools/list")[1] ?? {};
    process.say({ id, result: { tools: [{ name: "new" }] } });
    await scene.event("list-changed");
    expect(agent.listChanges).toEqual(["tools/list"]);
  });

  test("and is meant for one agent is kept for that one as long as the server allows", async () => {
    await using scene = createPoolScene();
    const { servers } = quietServer({ extra: { cacheScope: "private", ttlMs: 60_000 } });
    const definition = servers.define({ share: "all" });
    const [one, two] = ["one", "two"].map((name) => scene.pool.attach(definition, createAgent(name)));
    if (one === undefined || two === undefined) throw new Error("No holds");
    for (const hold of [one, two, one, two]) await names(hold);
    expect((await servers.started(1)).calls("tools/list")).toHaveLength(2);
  });
});

test("private lists that many agents read at once are kept for each of them", async () => {
  await using scene = createPoolScene();
  const { servers } = toolServer(["mine"], { extra: { cacheScope: "private" } });
  const definition = servers.define({ share: "all" });
  const holds = Array.from({ length: 12 }, (_, at) => scene.pool.attach(definition, createAgent(String(at))));
  await Promise.all(holds.map((hold) => names(hold)));
  const process = await servers.started(1);
  expect(process.calls("tools/list")).toHaveLength(12);
  for (const hold of holds) await hold.list("tools/list");
  expect(process.calls("tools/list")).toHaveLength(12);
});

describe("the catalogue", () => {
  test("answers at once while the server starts, and what differs is told", async () => {
    const store = createStore({ "memory.k": cached("old") });
    await using scene = createPoolScene({ catalogue: store });
    let start = (): void => {};
    const { servers } = toolServer(["old", "new"], {
      beforeStart: () => new Promise<void>((resolve) => void (start = resolve)),
    });
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define({ instanceKey: "k" }), agent);
    expect(await names(server, 0)).toEqual(["old"]);
    expect(await server.listNow("prompts/list", 0), "it did not announce prompts").toEqual([]);
    await scene.event("starting");
    start();
    await scene.event("list-changed");
    expect(agent.listChanges).toEqual(["tools/list"]);
    expect(await names(server)).toEqual(["old", "new"]);
    await scene.pool.close();
    expect(store.kept["memory.k"]).toMatchObject({
      version: 1,
      capabilities: { tools: { listChanged: true } },
      lists: { "tools/list": ['{"name":"old","odd":[1]}', '{"name":"new","odd":[1]}'] },
    });
  });

  test("is written by the first reading of every host, though nothing is new, and by no further one", async () => {
    const kept = createStore();
    const written: string[] = [];
    const store: CatalogueStore = {
      read: (key) => kept.read(key),
      write: async (key, lists) => {
        written.push(lists.savedAt);
        await kept.write(key, lists);
      },
    };
    for (const host of [1, 2]) {
      await using scene = createPoolScene({ catalogue: store });
      const { servers } = toolServer(["read"]);
      const server = scene.pool.attach(servers.define({ instanceKey: "k" }), createAgent("a"));
      await names(server);
      await scene.event("ready");
      await names(server);
      await names(server);
      await scene.pool.close();
      expect(written).toHaveLength(host);
    }
  });

  test("keeps nothing that a server calls private, and no agent gets another's", async () => {
    const store = createStore();
    await using scene = createPoolScene({ catalogue: store });
    const { servers } = toolServer(["mine"], { extra: { cacheScope: "private" } });
    const definition = servers.define({ share: "all", instanceKey: "k" });
    const [one, two] = ["one", "two"].map((name) => scene.pool.attach(definition, createAgent(name)));
    if (one === undefined || two === undefined) throw new Error("No holds");
    await Promise.all([names(one), names(two), names(one)]);
    await names(two);
    expect((await servers.started(1)).calls("tools/list")).toHaveLength(2);
    await scene.pool.close();
    expect(store.kept).toEqual({});
  });

  test("that cannot be read or written costs nothing but a warning", async () => {
    const broken: CatalogueStore = {
      read: () => Promise.reject(new Error("torn")),
      write: () => Promise.reject(new Error("full")),
    };
    await using scene = createPoolScene({ catalogue: broken });
    const { servers } = toolServer(["a"]);
    expect(await names(scene.pool.attach(servers.define({ instanceKey: "k" }), createAgent("a")))).toEqual([
      "a",
    ]);
    await scene.pool.close();
    const warnings = scene.events.flatMap((event) => (event.type === "warning" ? [event.text] : []));
    expect(warnings).toEqual([
      expect.stringContaining("remembered lists could not be read: Unexpected failure: torn"),
      expect.stringContaining("lists could not be kept: Unexpected failure: full"),
    ]);
  });
});

test("statuses count the tools that agents are shown", async () => {
  await using scene = createPoolScene();
  const { servers } = toolServer(["read_a", "read_b", "write"]);
  const definition = servers.define({ enabledTools: ["read*"], origin: "connector", required: true });
  expect(scene.pool.statuses([definition])[0]).toMatchObject({ state: "idle", consumerCount: 0 });
  const server = scene.pool.attach(definition, createAgent("a"));
  await names(server);
  expect(
    JSON.parse(JSON.stringify(scene.pool.statuses([definition, servers.define({ name: "z" })]))),
  ).toEqual([
    {
      name: "memory",
      state: "ready",
      sinceMs: expect.any(Number) as number,
      executor: "here",
      transport: "stdio",
      era: "legacy",
      toolCount: 2,
      share: "client",
      consumerCount: 1,
      instanceCount: 1,
      restartCount: 0,
      supportsParallelToolCalls: true,
      context: "external",
      origin: "connector",
      isRequired: true,
    },
    expect.objectContaining({ name: "z", state: "idle", instanceCount: 0 }),
  ]);
});

test("an agent that left is not kept alive by what was listed for it alone", async () => {
  await using scene = createPoolScene();
  const { servers } = toolServer(["a"], { extra: { cacheScope: "private" } });
  const definition = servers.define({ share: "all" });
  const staying = scene.pool.attach(definition, createAgent("staying"));
  await names(staying);
  const visit = async (): Promise<WeakRef<object>> => {
    const agent = createAgent("visitor");
    const hold = scene.pool.attach(definition, agent);
    await names(hold);
    await hold.release();
    return new WeakRef(agent);
  };
  const visitor = await visit();
  expect((await servers.started(1)).calls("tools/list")).toHaveLength(2);
  await nextTurn();
  collectGarbage();
  expect(visitor.deref()).toBeUndefined();
  await names(staying);
  expect((await servers.started(1)).calls("tools/list"), "the other's own is kept").toHaveLength(2);
});

test("the same list is compared without looking at its items", () => {
  const untouchable = {
    get raw(): Buffer {
      throw new Error("It was looked at");
    },
    name: "t",
    uri: undefined,
  };
  const items = [untouchable];
  expect(sameItems(items, items)).toBe(true);
  expect(() => sameItems(items, [...items])).toThrow("It was looked at");
});

/** Lets the engine forget now what nobody can reach. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}
