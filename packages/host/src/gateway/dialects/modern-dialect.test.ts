import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openScriptedSession } from "../test-support/open-session.js";
import { definitionOf, type SeenCall } from "../test-support/scripted-server.js";

type Values = Record<string, unknown>;

const legacyServer =
  '{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"logging":{},"resources":{"subscribe":true}},"serverInfo":{"name":"old","version":"1"},"instructions":"be kind"}';
const everything = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** An agent that speaks to one server, in the modern era. */
function openAgent({
  capabilities = everything,
  discoverRaw,
}: {
  capabilities?: object;
  discoverRaw?: string;
} = {}) {
  const opened = openScriptedSession([definitionOf("s")], "s");
  opened.pool.initializeRaw = legacyServer;
  opened.pool.discoverRaw = discoverRaw;
  let lastId = 0;
  const send = (method: string, params: Values = {}, meta: Values = {}) => {
    lastId += 1;
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "agent", version: "7" },
      "io.modelcontextprotocol/clientCapabilities": capabilities,
      ...meta,
    };
    const abort = new AbortController();
    const line = JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params: { ...params, _meta } });
    const sent = opened.request(line, { signal: abort.signal });
    const answer = async (): Promise<Values> => {
      await sent.done;
      const { result, error } = sent.stream.messages.at(-1) ?? {};
      return (result ?? { error }) as Values;
    };
    return { ...sent, abort, answer, id: lastId };
  };
  /** The call that the server gets next. */
  const seen = async (count: number): Promise<SeenCall> => {
    while (opened.pool.calls.length < count) await nextTurn();
    return opened.pool.calls[count - 1] as SeenCall;
  };
  const again = (asked: Values, inputResponses: Values, params: Values = { name: "t" }, meta?: Values) =>
    send("tools/call", { ...params, inputResponses, requestState: asked["requestState"] }, meta);
  return { ...opened, send, seen, again };
}

const form = (message: string): string =>
  `{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":${JSON.stringify(message)},"requestedSchema":{ "type":"object" }}}`;

describe("a legacy server's questions", () => {
  test("are put by the answer to the call, and answered by its repetition", async () => {
    const { pool, send, seen, again } = openAgent();
    const first = send("tools/call", { name: "t", arguments: { n: 1 } });
    const call = await seen(1);
    expect(call.params).toBe('{"name":"t","arguments":{"n":1}}');
    expect(pool.consumers.get("s")?.profile).toMatchObject({
      clientInfo: { name: "agent", version: "7" },
      capabilities: everything,
    });
    const told = pool.ask("s", form("Who?"), call);
    const asked = await first.answer();
    expect(asked).toEqual({
      resultType: "input_required",
      inputRequests: {
        q1: {
          method: "elicitation/create",
          params: { message: "Who?", requestedSchema: { type: "object" } },
        },
      },
      requestState: expect.stringMatching(/^fairlead_[0-9a-f]{32}\.call_[0-9a-f]{32}\.1$/),
    });
    const second = again(asked, { q1: { action: "accept", content: { name: "Ada" } } });
    expect(String(((await told) as { result: Buffer }).result)).toBe(
      '{"action":"accept","content":{"name":"Ada"}}',
    );
    call.answer('{"content":[],"x":1.0}');
    await second.done;
    expect(second.stream.lines.at(-1)).toBe(
      `{"jsonrpc":"2.0","id":${second.id},"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"old","version":"1"}},"content":[],"x":1.0}}`,
    );
    expect(pool.calls).toHaveLength(1);
  });

  test("reach the agent with the progress and messages of the request that is open", async () => {
    const { pool, send, seen, again } = openAgent();
    const first = send("tools/call", { name: "t" }, { progressToken: 1 });
    const call = await seen(1);
    const report = (progress: number): void =>
      call.call.onProgress?.(Buffer.from(`{"progressToken":1,"progress":${progress}}`));
    report(1);
    const told = pool.ask("s", form("a"), call);
    const asked = await first.answer();
    report(2);
    const second = again(asked, { q1: { action: "cancel" } }, { name: "t" }, { progressToken: "two" });
    await told;
    report(3);
    call.answer("{}");
    await second.done;
    const progress = (stream: typeof first.stream): unknown[] =>
      stream.messages.flatMap(({ method, params }) => (method === "notifications/progress" ? [params] : []));
    expect(progress(first.stream)).toEqual([{ progressToken: 1, progress: 1 }]);
    expect(progress(second.stream)).toEqual([{ progressToken: "two", progress: 3 }]);
  });

  test("that came while its agent only discovered are settled by its next request, and what waited is dropped", async () => {
    const { pool, send, session } = openAgent();
    await send("server/discover").answer();
    const asked = pool.ask("s", '{"jsonrpc":"2.0","id":1,"method":"roots/list"}');
    pool.say("s", '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    expect(session.egress.queuedBytes).toBeGreaterThan(0);
    send("tools/list");
    const { error } = (await asked) as { error?: Buffer };
    expect(String(error)).toContain("roots/list");
    expect(session.egress.queuedBytes).toBe(0);
  });

  test("that the agent did not declare get an error that names what is missing", async () => {
    const { pool, send, seen } = openAgent({ capabilities: {} });
    const sent = send("tools/call", { name: "t" });
    const call = await seen(1);
    const told = (await pool.ask("s", form("a"), call)) as unknown as { error: Buffer };
    expect(JSON.parse(String(told.error))).toMatchObject({
      code: -32021,
      message: expect.stringContaining("elicitation"),
      data: { requiredCapabilities: { elicitation: { form: {} } } },
    });
    call.answer("{}");
    expect(await sent.answer()).toMatchObject({ resultType: "complete" });
  });

  test("are taken back with the call when the session closes", async () => {
    const { pool, send, seen, session } = openAgent();
    const first = send("tools/call", { name: "t" });
    const call = await seen(1);
    const told = pool.ask("s", form("a"), call);
    await first.answer();
    await session.close();
    expect(call.call.signal?.aborted).toBe(true);
    expect(await told).toMatchObject({ kind: "error" });
  });

  test("cannot be answered with a state that nobody gave", async () => {
    const { send, again } = openAgent();
    const { error } = await again({ requestState: "made up" }, {}).answer();
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("start over") });
    expect(await send("tools/call", { name: "t", requestState: "{}" }).answer()).toHaveProperty("error");
  });
});

describe("pages that a legacy server wants opened first", () => {
  const refusal =
    '{"code":-32042,"message":"Open it","data":{"elicitations":[{"mode":"url","url":"https://a.invalid/","elicitationId":"e","message":"Please"}]}}';

  test("are asked for, and the call is made again once they were opened", async () => {
    const { send, seen, again } = openAgent();
    const first = send("tools/call", { name: "t", arguments: {} });
    const one = await seen(1);
    one.refuse(refusal);
    const asked = await first.answer();
    expect(asked).toMatchObject({
      inputRequests: {
        q1: { method: "elicitation/create", params: { mode: "url", url: "https://a.invalid/" } },
      },
    });
    const second = again(asked, { q1: { action: "accept" } });
    const two = await seen(2);
    expect(two.params).toBe(one.params);
    two.answer('{"content":[]}');
    expect(await second.answer()).toMatchObject({ content: [] });
  });

  test("are the server's own error where they were not opened", async () => {
    const { send, seen, again } = openAgent();
    const first = send("tools/call", { name: "t" });
    (await seen(1)).refuse(refusal);
    const second = again(await first.answer(), { q1: { action: "decline" } });
    expect(await second.answer()).toMatchObject({ error: { code: -32042 } });
  });

  test("are an error that says what is missing for an agent that opens none", async () => {
    const { send, seen } = openAgent({ capabilities: { elicitation: {} } });
    const first = send("tools/call", { name: "t" });
    (await seen(1)).refuse(refusal);
    expect(await first.answer()).toMatchObject({
      error: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } },
    });
  });
});

test("log messages come at the level that a request asks for, and those of no request never", async () => {
  const { pool, send, seen, standing } = openAgent();
  const levelKey = "io.modelcontextprotocol/logLevel";
  const say = (level: string, call?: SeenCall): void =>
    pool.say(
      "s",
      `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":1}}`,
      call,
    );
  const first = send("tools/call", { name: "t" }, { [levelKey]: "warning" });
  const level = await seen(1);
  expect([level.call.method, level.params]).toEqual(["logging/setLevel", '{"level":"warning"}']);
  level.answer("{}");
  const one = await seen(2);
  const second = send("tools/call", { name: "u" }, { [levelKey]: "error" });
  const two = await seen(3);
  say("error", one);
  say("info", one);
  say("warning", two);
  say("error");
  one.answer("{}");
  two.answer("{}");
  await Promise.all([first.done, second.done]);
  expect(first.stream.messages).toMatchObject([{ params: { level: "error" } }, { id: first.id }]);
  expect(second.stream.messages).toMatchObject([{ id: second.id }]);
  const third = send("tools/call", { name: "v" }, { [levelKey]: "debug" });
  expect((await seen(4)).params).toBe('{"level":"debug"}');
  third.abort.abort();
  expect(standing.messages).toEqual([]);
});

describe("listening", () => {
  const uri = "a://b";
  const filter = { notifications: { toolsListChanged: true, resourceSubscriptions: [uri, "c://d"] } };

  test("subscribes at a legacy server, tells what it agreed to, and passes what comes", async () => {
    const { pool, send, seen, session } = openAgent();
    const listening = send("subscriptions/listen", filter);
    const one = await seen(1);
    const two = await seen(2);
    expect([one.call.method, one.params]).toEqual(["resources/subscribe", '{"uri":"a://b"}']);
    two.refuse('{"code":-32602,"message":"unknown"}');
    one.answer("{}");
    while (listening.stream.messages.length === 0) await nextTurn();
    const stamp = { "io.modelcontextprotocol/subscriptionId": listening.id };
    pool.say("s", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"${uri}"}}`);
    pool.say("s", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"${uri}/c"}}`);
    pool.say("s", '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"c://d"}}');
    pool.say("s", '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    pool.say("s", '{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}');
    await session.close();
    expect(listening.stream.messages).toEqual([
      {
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: { notifications: { toolsListChanged: true, resourceSubscriptions: [uri] }, _meta: stamp },
      },
      { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri, _meta: stamp } },
      {
        jsonrpc: "2.0",
        method: "notifications/resources/updated",
        params: { uri: `${uri}/c`, _meta: stamp },
      },
      { jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: stamp } },
      { jsonrpc: "2.0", id: listening.id, result: { resultType: "complete", _meta: stamp } },
    ]);
  });

  test("subscribes once for several listeners, and no longer than the last of them", async () => {
    const { pool, send, seen } = openAgent();
    const wish = { notifications: { resourceSubscriptions: [uri] } };
    const listeners = [send("subscriptions/listen", wish), send("subscriptions/listen", wish)];
    (await seen(1)).answer("{}");
    for (const { stream } of listeners) while (stream.messages.length === 0) await nextTurn();
    listeners[0]?.abort.abort();
    await listeners[0]?.done;
    pool.say("s", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"${uri}"}}`);
    expect(listeners.map(({ stream }) => stream.messages.length)).toEqual([1, 2]);
    expect(pool.calls).toHaveLength(1);
    listeners[1]?.abort.abort();
    const last = await seen(2);
    expect([last.call.method, last.params]).toEqual(["resources/unsubscribe", '{"uri":"a://b"}']);
  });
});

test("a listener goes on at the copy that a reload puts in the place of a server", async () => {
  const { send, seen, session } = openAgent();
  const listening = send("subscriptions/listen", { notifications: { resourceSubscriptions: ["a://b"] } });
  (await seen(1)).answer("{}");
  while (listening.stream.messages.length === 0) await nextTurn();
  session.reload([definitionOf("s")]);
  const again = await seen(2);
  expect([again.call.method, again.params]).toEqual(["resources/subscribe", '{"uri":"a://b"}']);
  again.answer("{}");
});

describe("a modern server", () => {
  const discoverRaw =
    '{ "supportedVersions":["2026-07-28","2027-01-01"],"capabilities":{"tools":{},"extensions":{"x/y":{}}},"resultType":"complete","ttlMs":5000,"cacheScope":"public","x":1.0}';

  test("speaks for itself on its own endpoint, save revisions that we do not know", async () => {
    const { send } = openAgent({ discoverRaw });
    const { stream, done, id } = send("server/discover");
    await done;
    expect(stream.lines).toEqual([
      `{"jsonrpc":"2.0","id":${id},"result":${discoverRaw.replace(',"2027-01-01"', "")}}`,
    ]);
  });

  test("gets the agent's own words, and its answers pass as they are", async () => {
    const { send, seen } = openAgent({ discoverRaw });
    const sent = send("tools/call", { name: "t", requestState: "its own", inputResponses: { k: {} } });
    const call = await seen(1);
    expect(call.call.isModern).toBe(true);
    expect(call.params).toContain('{"name":"t","requestState":"its own","inputResponses":{"k":{}},"_meta":{');
    const result = '{"resultType":"input_required", "inputRequests":{},"requestState":"more"}';
    call.answer(result);
    await sent.done;
    expect(sent.stream.lines).toEqual([`{"jsonrpc":"2.0","id":${sent.id},"result":${result}}`]);
  });

  test("has its results completed where the era wants more, and nothing in them replaced", async () => {
    const { send, seen } = openAgent({ discoverRaw });
    const sent = send("resources/read", { uri: "a://b" });
    (await seen(1)).answer('{"contents":[],"ttlMs":7}');
    expect(await sent.answer()).toEqual({
      resultType: "complete",
      contents: [],
      ttlMs: 7,
      cacheScope: "private",
    });
    const task = send("tools/call", { name: "t" });
    (await seen(2)).answer('{"resultType":"task","taskId":"1"}');
    expect(await task.answer()).toEqual({ resultType: "task", taskId: "1" });
  });

  test("is asked about tasks, a legacy one is not", async () => {
    const modern = openAgent({ discoverRaw });
    const sent = modern.send("tasks/get", { taskId: "1" });
    (await modern.seen(1)).answer("{}");
    expect(await sent.answer()).toEqual({ resultType: "complete" });
    const { error } = await openAgent().send("tasks/get", { taskId: "1" }).answer();
    expect(error).toMatchObject({ code: -32601, data: { fairlead: { reason: "no_equivalent_in_era" } } });
  });
});

test("a legacy server is described by what it said in its handshake", async () => {
  expect(await openAgent().send("server/discover").answer()).toMatchObject({
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: { listChanged: true }, logging: {} },
    instructions: "be kind",
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "old" } },
  });
});
