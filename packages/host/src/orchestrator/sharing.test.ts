import { expect, test } from "vitest";
import { createMemoryServers, type MemoryProcess, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";

/** Leaves `slow` tools unanswered; every other call gets an empty result. */
const slowTools = (message: Received): object | undefined =>
  message.method === "tools/call" && message.params?.["name"] === "slow" ? undefined : { result: {} };

const isCall =
  (mark: string) =>
  ({ method, params }: Received): boolean =>
    method === "tools/call" && params?.["mark"] === mark;

function sayLog(process: MemoryProcess, level: string): void {
  process.say({ method: "notifications/message", params: { level, data: level } });
}

test("agents with the same launch share a copy if they may, and not else", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const attach = (share: "all" | "client" | "session" | undefined, instanceKey = "k") =>
    scene.pool.attach(
      servers.define({ share, instanceKey, name: `s-${share ?? "unset"}` }),
      createAgent("a"),
    );
  const holds = [
    attach("all"),
    attach("all"),
    attach("all", "other"),
    attach("client"),
    attach("client"),
    attach("session"),
    attach("session"),
    attach(undefined),
  ];
  expect(servers.processes).toHaveLength(0);
  const connections = await Promise.all(holds.map((hold) => hold.ready()));
  expect(connections[1]).toBe(connections[0]);
  expect(new Set(connections).size).toBe(7);
  expect(servers.runningCount).toBe(7);
});

test("agents whose own headers go with a server share no copy", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const withHeaders = (value: string) => ({
    ...createAgent("a"),
    profile: {
      clientInfo: { name: "a", version: "1" },
      capabilities: {},
      requestHeaders: value === "" ? {} : { "x-tenant": value },
    },
  });
  const definition = servers.define({ share: "all" });
  const holds = ["", "", "one", "one"].map((value) => scene.pool.attach(definition, withHeaders(value)));
  await Promise.all(holds.map((hold) => hold.ready()));
  expect(servers.runningCount).toBe(3);
});

test("the only agent there is shares with nobody, and its servers know it", async () => {
  await using scene = createPoolScene({ hasSoleAgent: true });
  const servers = createMemoryServers();
  const server = scene.pool.attach(servers.define({ share: "all" }), createAgent("editor", { roots: {} }));
  await server.ready();
  const greeting = (await servers.started(1)).calls("initialize")[0]?.params;
  expect(greeting).toMatchObject({ clientInfo: { name: "editor" }, capabilities: { roots: {} } });
  await server.release();
  expect(servers.runningCount).toBe(0);
});

test("a server of its own is told of its agent, a shared one of Fairlead without roots", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const capabilities = { roots: { listChanged: true }, experimental: { x: {} } };
  await scene.pool.attach(servers.define(), createAgent("editor", capabilities)).ready();
  await scene.pool.attach(servers.define({ share: "all" }), createAgent("editor", capabilities)).ready();
  const greetings = servers.processes.map((process) => process.calls("initialize")[0]?.params);
  expect(greetings[0]).toMatchObject({ clientInfo: { name: "editor" }, capabilities });
  expect(greetings[1]).toMatchObject({ clientInfo: { name: "fairlead", version: "1.2.3" } });
  expect(greetings[1]?.["capabilities"]).toEqual({ sampling: {}, elicitation: { form: {}, url: {} } });
});

test("what belongs to a call reaches its maker only; the rest reaches everybody", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const [one, two] = [createAgent("one"), createAgent("two")];
  const definition = servers.define({ share: "all" });
  const [first, second] = [scene.pool.attach(definition, one), scene.pool.attach(definition, two)];
  await Promise.all([first.ready(), second.ready()]);
  const process = await servers.started(1);
  process.say({ method: "custom/hello" });
  const origin = { who: "one" };
  const abort = new AbortController();
  const pending = ask(first, "tools/call", { name: "slow", mark: "1" }, { origin, signal: abort.signal });
  await process.next(isCall("1"));
  process.say({ method: "custom/about-the-call" });
  process.say({ method: "notifications/tools/list_changed" });
  abort.abort();
  await expect(pending).rejects.toMatchObject({ code: "canceled" });
  expect(one.told).toEqual([
    { method: "custom/hello", params: undefined, origin: undefined },
    { method: "custom/about-the-call", params: undefined, origin },
    { method: "notifications/tools/list_changed", params: undefined, origin: undefined },
  ]);
  expect(two.told.map(({ method }) => method)).toEqual(["custom/hello", "notifications/tools/list_changed"]);
});

test("a question reaches the agent it belongs to, and is refused by name where nobody can tell", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: slowTools });
  const [one, two] = [createAgent("one"), createAgent("two")];
  const definition = servers.define({ share: "all" });
  const first = scene.pool.attach(definition, one);
  await first.ready();
  const process = await servers.started(1);
  let questions = 0;
  const question = async (method = "sampling/createMessage"): Promise<unknown> => {
    questions += 1;
    const id = `q${questions}`;
    process.say({ id, method });
    const { result, error } = await process.next((message) => message.id === id);
    return error === undefined ? result : { error };
  };
  // Alone, it is the only one who can be meant.
  expect(await question()).toEqual({ answeredBy: "one" });
  const second = scene.pool.attach(definition, two);
  expect(await question()).toMatchObject({
    error: { code: -32600, data: { reason: "agent_ambiguous" }, message: /sampling.*'memory'.*share/ },
  });
  const aborts = [new AbortController(), new AbortController(), new AbortController()];
  const call = (hold: typeof first, at: number): Promise<unknown> =>
    ask(
      hold,
      "tools/call",
      { name: "slow", mark: String(at) },
      { signal: aborts[at]?.signal ?? AbortSignal.any([]) },
    );
  const pending = [call(second, 0)];
  await process.next(isCall("0"));
  expect(await question()).toEqual({ answeredBy: "two" });
  pending.push(call(second, 1));
  await process.next(isCall("1"));
  expect(await question(), "two calls, one caller").toEqual({ answeredBy: "two" });
  pending.push(call(first, 2));
  await process.next(isCall("2"));
  expect(await question()).toMatchObject({ error: { data: { reason: "agent_ambiguous" } } });
  expect(await question("roots/list")).toMatchObject({ error: { code: -32601 } });
  for (const abort of aborts) abort.abort();
  await Promise.allSettled(pending);
  expect([one.asked.length, two.asked.length]).toEqual([1, 2]);
});

test("the server is asked for the most verbose log level, and each agent gets its own", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const agents = [createAgent("errors"), createAgent("debug"), createAgent("silent")];
  const definition = servers.define({ share: "all" });
  const [errors, debug] = agents.map((agent) => scene.pool.attach(definition, agent));
  if (errors === undefined || debug === undefined) throw new Error("No holds");
  await errors.ready();
  const process = await servers.started(1);
  sayLog(process, "debug");
  const setLevel = (hold: typeof errors, level: string) => ask(hold, "logging/setLevel", { level });
  const sent = () => process.calls("logging/setLevel").map(({ params }) => params?.["level"]);
  await setLevel(errors, "error");
  await setLevel(debug, "debug");
  await setLevel(errors, "critical");
  await setLevel(errors, "error");
  expect(sent()).toEqual(["error", "debug"]);
  for (const level of ["debug", "info", "error", "odd"]) sayLog(process, level);
  await debug.release();
  await nextTurn();
  expect(sent()).toEqual(["error", "debug", "error"]);
  const heard = agents.map((agent) =>
    agent.toldOf("notifications/message").map((params) => (params as { level: string }).level),
  );
  // Who never chose gets what servers usually send, once somebody else has chosen.
  expect(heard).toEqual([
    ["debug", "error", "odd"],
    ["debug", "debug", "info", "error", "odd"],
    ["debug", "info", "error", "odd"],
  ]);
});

test("a level that the server refuses is nobody's wish", async () => {
  await using scene = createPoolScene();
  let isRefused = true;
  const servers = createMemoryServers({
    answer: ({ method }) =>
      method === "logging/setLevel" && isRefused
        ? { error: { code: -32000, message: "no" } }
        : { result: {} },
  });
  const definition = servers.define({ share: "all" });
  const [first, second] = ["a", "b"].map((name) => scene.pool.attach(definition, createAgent(name)));
  if (first === undefined || second === undefined) throw new Error("No holds");
  expect(await ask(first, "logging/setLevel", { level: "debug" })).toMatchObject({ error: { code: -32000 } });
  isRefused = false;
  await ask(second, "logging/setLevel", { level: "warning" });
  const sent = (await servers.started(1)).calls("logging/setLevel").map(({ params }) => params?.["level"]);
  expect(sent).toEqual(["debug", "warning"]);
});

test("changes of a resource reach only those who subscribed, and the server hears of first and last only", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const agents = [createAgent("a"), createAgent("b"), createAgent("c")];
  const definition = servers.define({ share: "all" });
  const [a, b, c] = agents.map((agent) => scene.pool.attach(definition, agent));
  if (a === undefined || b === undefined || c === undefined) throw new Error("No holds");
  const uri = "file:///x";
  await Promise.all([ask(a, "resources/subscribe", { uri }), ask(b, "resources/subscribe", { uri })]);
  await ask(c, "resources/subscribe", { uri: "file:///y" });
  const process = await servers.started(1);
  process.say({ method: "notifications/resources/updated", params: { uri } });
  process.say({ method: "notifications/resources/updated", params: { uri: "file:///y/z" } });
  await ask(a, "resources/unsubscribe", { uri });
  process.say({ method: "notifications/resources/updated", params: { uri } });
  await b.release();
  await nextTurn();
  process.say({ method: "notifications/resources/updated", params: { uri } });
  const sent = ["resources/subscribe", "resources/unsubscribe"].map((method) =>
    process.calls(method).map(({ params }) => params?.["uri"]),
  );
  expect(sent).toEqual([[uri, "file:///y"], [uri]]);
  const counts = agents.map((agent) => agent.toldOf("notifications/resources/updated").length);
  expect(counts).toEqual([1, 2, 1]);
});

test("a subscription that the server refuses is not remembered, and the next agent asks for itself", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({
    answer: ({ method, params }, process) =>
      method === "resources/subscribe" && process.calls("resources/subscribe").length === 1
        ? { error: { code: -32002, message: "no", data: params } }
        : { result: {} },
  });
  const definition = servers.define({ share: "all" });
  const [a, b] = ["a", "b"].map((name) => scene.pool.attach(definition, createAgent(name)));
  if (a === undefined || b === undefined) throw new Error("No holds");
  const answers = await Promise.all([
    ask(a, "resources/subscribe", { uri: "u:1" }),
    ask(b, "resources/subscribe", { uri: "u:1" }),
  ]);
  expect(answers).toEqual([{ error: { code: -32002, message: "no", data: { uri: "u:1" } } }, {}]);
});

test("a server of one agent gets every call as it is made", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const agent = createAgent("only");
  const server = scene.pool.attach(servers.define(), agent);
  for (const uri of ["u:1", "u:1"]) await ask(server, "resources/subscribe", { uri, extra: true });
  await ask(server, "resources/unsubscribe", { uri: "u:2" });
  const process = await servers.started(1);
  process.say({ method: "notifications/resources/updated", params: { uri: "u:3", mine: 1 } });
  process.say({ method: "notifications/message", params: { level: "debug" } });
  server.notify("notifications/roots/list_changed", Buffer.from("{}"));
  await process.next(({ method }) => method === "notifications/roots/list_changed");
  expect(process.calls("resources/subscribe")).toHaveLength(2);
  expect(process.calls("resources/unsubscribe")).toHaveLength(1);
  expect(agent.told.map(({ params }) => params)).toEqual([{ uri: "u:3", mine: 1 }, { level: "debug" }]);
});

test("one slow agent holds back the output of its own copy only", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const definition = servers.define({ share: "all" });
  const [slow, other] = ["slow", "other"].map((name) => createAgent(name));
  if (slow === undefined || other === undefined) throw new Error("No agents");
  const first = scene.pool.attach(definition, slow);
  const release = first.holdOutput();
  await first.ready();
  const process = await servers.started(1);
  const readBytes = process.consumedBytes;
  process.say({ method: "custom/one" });
  expect(process.consumedBytes).toBe(readBytes);
  const second = scene.pool.attach(definition, other);
  expect(process.consumedBytes).toBeGreaterThan(readBytes);
  await second.release();
  const heldBytes = process.consumedBytes;
  process.say({ method: "custom/two" });
  expect(process.consumedBytes).toBe(heldBytes);
  release();
  release();
  expect(process.consumedBytes).toBeGreaterThan(heldBytes);
});
