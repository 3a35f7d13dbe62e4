import { expect, test } from "vitest";
import { createMemoryServers, type MemoryProcess, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import type { CachedLists } from "./catalogue-store.js";

const isCall =
  (mark: string) =>
  ({ method, params }: Received): boolean =>
    method === "tools/call" && params?.["mark"] === mark;

const silentTools = ({ method }: Received): object | undefined =>
  method === "tools/call" ? undefined : { result: {} };

/** Lets a server ask, and gives what it is answered. */
async function question(process: MemoryProcess, id: string): Promise<unknown> {
  process.say({ id, method: "elicitation/create", params: { message: "May I delete your files?" } });
  const { result, error } = await process.next((message) => message.id === id);
  return error?.data ?? result;
}

const ambiguous = { reason: "agent_ambiguous" };

test("what a server lists for an agent's own headers is kept for nobody else", async () => {
  const kept: Record<string, CachedLists> = {};
  const catalogue = {
    read: async (key: string) => kept[key],
    write: async (key: string, lists: CachedLists) => void (kept[key] = lists),
  };
  const servers = createMemoryServers({
    answer: () => ({ result: { tools: [{ name: "tenant-secret" }] } }),
  });
  const plain = createAgent("a");
  const withHeaders = { ...plain, profile: { ...plain.profile, requestHeaders: { "x-tenant": "one" } } };
  {
    await using scene = createPoolScene({ catalogue });
    const own = scene.pool.attach(servers.define({ instanceKey: "k", share: "all" }), withHeaders);
    await own.list("tools/list");
    const later = servers.define({ instanceKey: "k", name: "later", forwardHeaders: ["x-tenant"] });
    await scene.pool.attach(later, plain).list("tools/list");
    expect(kept).toEqual({});
    await scene.pool.attach(servers.define({ instanceKey: "k" }), plain).list("tools/list");
  }
  expect(Object.keys(kept)).toEqual(["memory.k"]);
});

test("agents that may send headers of their own later on share no copy", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const definition = servers.define({ share: "all", instanceKey: "k", forwardHeaders: ["x-tenant"] });
  const holds = ["a", "b"].map((name) => scene.pool.attach(definition, createAgent(name)));
  await Promise.all(holds.map((hold) => hold.ready()));
  expect(servers.runningCount).toBe(2);
});

test.each([
  ["cancelled", 5_000],
  ["timed out", 20],
])("a late question of a call that was %s is not put to another agent", async (how, toolTimeoutMs) => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: silentTools });
  const agents = [createAgent("a"), createAgent("b")];
  const [a, b] = agents.map((agent, at) =>
    scene.pool.attach(
      servers.define({ share: "all", instanceKey: "k", toolTimeoutMs: at === 0 ? toolTimeoutMs : 5_000 }),
      agent,
    ),
  );
  if (a === undefined || b === undefined) throw new Error("No holds");
  const abort = new AbortController();
  const first = ask(a, "tools/call", { mark: "a" }, { signal: abort.signal });
  const process = await servers.started(1);
  await process.next(isCall("a"));
  if (how === "cancelled") abort.abort();
  await expect(first).rejects.toThrow(/cancelled|did not answer/);
  const second = ask(b, "tools/call", { mark: "b" });
  const { id } = await process.next(isCall("b"));
  expect(await question(process, "q1")).toEqual(ambiguous);
  // Also where the one who gave it up has left, so that only one agent is there who could be asked.
  await a.release();
  expect(await question(process, "q2")).toEqual(ambiguous);
  process.say({ id, result: {} });
  await second;
  expect(await question(process, "q3")).toEqual(ambiguous);
  expect(agents.map(({ asked }) => asked)).toEqual([[], []]);
});

test("an agent that gave a call up is asked about its next one", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: silentTools });
  const definition = servers.define({ share: "all" });
  const [agent, other] = [createAgent("a"), createAgent("b")];
  const server = scene.pool.attach(definition, agent);
  scene.pool.attach(definition, other);
  const aborts = [new AbortController(), new AbortController()];
  const call = (mark: number): Promise<unknown> =>
    ask(
      server,
      "tools/call",
      { mark: String(mark) },
      { signal: aborts[mark]?.signal ?? AbortSignal.abort() },
    );
  const first = call(0);
  const process = await servers.started(1);
  await process.next(isCall("0"));
  aborts[0]?.abort();
  await expect(first).rejects.toMatchObject({ code: "canceled" });
  const second = call(1);
  await process.next(isCall("1"));
  expect(await question(process, "q")).toEqual({ answeredBy: "a" });
  aborts[1]?.abort();
  await expect(second).rejects.toMatchObject({ code: "canceled" });
});

test("an agent that joins a copy which is up already is told so, before its first call", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const definition = servers.define({ share: "all" });
  await scene.pool.attach(definition, createAgent("first")).ready();
  const agent = createAgent("second");
  const order: string[] = [];
  const joined = scene.pool.attach(definition, { ...agent, onReady: () => void order.push("ready") });
  expect(order, "the agent does not even have its hold yet").toEqual([]);
  await ask(joined, "tools/call");
  order.push("called");
  expect(order).toEqual(["ready", "called"]);
  const gone = createAgent("gone");
  await scene.pool.attach(definition, gone).release();
  await nextTurn();
  expect(gone.readyCount).toBe(0);
});
