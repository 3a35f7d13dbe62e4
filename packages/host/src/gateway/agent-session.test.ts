import { setImmediate as nextTurn } from "node:timers/promises";
import { createDeferred } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { openScriptedSession } from "./test-support/open-session.js";
import { definitionOf, type SeenCall } from "./test-support/scripted-server.js";

const call = (id: unknown, name: string, meta = ""): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{ "name" : "${name}", "arguments":{"n":1.0}${meta} }}`;

async function openMerged() {
  const opened = openScriptedSession([
    definitionOf("one"),
    definitionOf("two", { disabledTools: ["hidden"] }),
  ]);
  opened.pool.lists.set("one tools/list", '[{"name":"a","x":1.0}]');
  opened.pool.lists.set("two tools/list", '[{"name":"a"},{"name":"hidden"}]');
  await opened.initialize({ elicitation: {} });
  const callTool = async (id: unknown, name: string, meta?: string) => {
    const before = opened.pool.calls.length;
    const sent = opened.request(call(id, name, meta));
    while (opened.pool.calls.length === before) await nextTurn();
    return { ...sent, seen: opened.pool.calls.at(-1) as SeenCall };
  };
  return { ...opened, callTool };
}

describe("what belongs to a request", () => {
  test("goes to the stream of that request, and the rest to the standing one", async () => {
    const { pool, standing, callTool } = await openMerged();
    const first = await callTool(1, "one__a");
    const second = await callTool(2, "two__a");
    pool.say(
      "one",
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}',
      first.seen,
    );
    pool.say(
      "two",
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":2}}',
      second.seen,
    );
    pool.say("two", '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":3}}');
    second.seen.call.onProgress?.(Buffer.from('{"progressToken":"t","progress":1}'));
    first.seen.answer('{"content":[]}');
    await first.done;
    expect(first.stream.messages).toEqual([
      { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 1 } },
      { jsonrpc: "2.0", id: 1, result: { content: [] } },
    ]);
    expect(second.stream.messages).toEqual([
      { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 2 } },
      { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: "t", progress: 1 } },
    ]);
    expect(standing.messages).toEqual([
      { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 3 } },
    ]);
  });

  test("is asked there, and answered from anywhere", async () => {
    const { pool, callTool, tell } = await openMerged();
    const { seen, stream } = await callTool(1, "one__a");
    const question = '{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":"?"}}';
    const answer = pool.ask("one", question, seen);
    await nextTurn();
    const id = stream.messages[0]?.["id"];
    expect(stream.messages).toEqual([
      { jsonrpc: "2.0", id, method: "elicitation/create", params: { message: "?" } },
    ]);
    tell(JSON.stringify({ jsonrpc: "2.0", id, result: { action: "decline" } }));
    await expect(answer).resolves.toEqual({ kind: "result", result: Buffer.from('{"action":"decline"}') });
  });
});

describe("a request", () => {
  test("keeps its bytes but for the name, and its id as it is spelled", async () => {
    const { callTool } = await openMerged();
    const { seen, stream, done } = await callTool("7", "one__a");
    expect(seen.params).toBe('{ "name" : "a", "arguments":{"n":1.0} }');
    seen.answer('{"big":12345678901234567890,"f":1.0}');
    await done;
    expect(stream.lines).toEqual([
      '{"jsonrpc":"2.0","id":"7","result":{"big":12345678901234567890,"f":1.0}}',
    ]);
  });

  test("that is cancelled is taken back at the server, and not answered", async () => {
    const { callTool, tell } = await openMerged();
    const { seen, stream, done } = await callTool(5, "one__a");
    tell('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"enough"}}');
    await done;
    expect(seen.call.signal?.reason).toBe("enough");
    expect(stream.messages).toEqual([]);
  });

  test("whose stream is let go of is taken back too", async () => {
    const { request, pool } = await openMerged();
    const gone = new AbortController();
    const { done, stream } = request(call(5, "one__a"), { signal: gone.signal });
    while (pool.calls.length === 0) await nextTurn();
    gone.abort("The stream was closed");
    await done;
    expect(pool.calls[0]?.call.signal?.reason).toBe("The stream was closed");
    expect(stream.messages).toEqual([]);
  });

  test("for a tool that is switched off, or that nobody has, is refused", async () => {
    const { request } = await openMerged();
    for (const name of ["two__hidden", "three__a"]) {
      const { stream, done } = request(call(1, name));
      await done;
      expect(stream.messages[0]).toMatchObject({ id: 1, error: { code: -32602 } });
    }
  });

  test("of somebody's own making is refused where there is more than one server", async () => {
    const { request } = await openMerged();
    const { stream, done } = request('{"jsonrpc":"2.0","id":1,"method":"vendor/x"}');
    await done;
    expect(stream.messages[0]).toMatchObject({
      error: { code: -32601, message: expect.stringContaining("/mcp/<server>") },
    });
  });

  test("that came as a notification is not carried out, past what is looked at", async () => {
    const { tell, pool } = openScriptedSession([definitionOf("one", { disabledTools: ["danger"] })], "one");
    for (const method of ["tools/call", "codex/sandbox-state/update", "initialize", "resources/read"]) {
      tell(`{"jsonrpc":"2.0","method":"${method}","params":{"name":"danger"}}`);
    }
    expect(pool.notified).toEqual([]);
  });

  test("after the session has ended is refused, and the servers are let go of once", async () => {
    const { session, pool, request, callTool } = await openMerged();
    const open = await callTool(1, "one__a");
    await session.close();
    await session.close();
    await open.done;
    expect(pool.released.map(({ server }) => server)).toEqual(["one", "two"]);
    const { stream, done } = request(call(2, "one__a"));
    await done;
    expect(stream.messages).toEqual([]);
  });
});

describe("what servers say before the agent is greeted", () => {
  test("waits for the answer to initialize", async () => {
    const { pool, session, standing, request } = openScriptedSession([
      definitionOf("one", { required: true }),
    ]);
    const started = createDeferred<void>();
    pool.starting = started.promise;
    const line = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}}}}`;
    const { stream, done } = request(line);
    while (!pool.consumers.has("one")) await nextTurn();
    pool.say("one", '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    void pool.ask("one", '{"jsonrpc":"2.0","id":9,"method":"roots/list"}').catch(() => {});
    await nextTurn();
    expect([...stream.messages, ...standing.messages]).toEqual([]);
    started.resolve();
    await done;
    await nextTurn();
    expect(stream.messages).toHaveLength(1);
    expect(standing.messages.map(({ method }) => method)).toEqual([
      "notifications/tools/list_changed",
      "roots/list",
    ]);
    await session.close();
  });
});

test("questions of two connections never have the same id", async () => {
  const ids = new Set<unknown>();
  for (const _ of [1, 2]) {
    const { pool, callTool } = await openMerged();
    const { seen, stream } = await callTool(1, "one__a");
    const question = '{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":"?"}}';
    void pool.ask("one", question, seen).catch(() => {});
    await nextTurn();
    ids.add(stream.messages[0]?.["id"]);
  }
  expect(ids.size).toBe(2);
});

describe("the endpoint of one server", () => {
  const raw =
    '{"protocolVersion":"2025-11-25","x":1.0,"capabilities":{"tools":{}},"serverInfo":{"name":"own","version":"1"}}';
  const openSingle = async () => {
    const opened = openScriptedSession([definitionOf("one", { disabledTools: ["hidden"] })], "one");
    opened.pool.initializeRaw = raw;
    return { ...opened, greeting: await opened.initialize() };
  };

  test("introduces the server in its own words, in the revision that the agent asked for", async () => {
    const { greeting } = await openSingle();
    const told = raw.replace("2025-11-25", "2025-06-18");
    expect(greeting.lines).toEqual([`{"jsonrpc":"2.0","id":0,"result":${told}}`]);
  });

  test("takes every method, and hides only what is switched off", async () => {
    const { request, pool } = await openSingle();
    const own = request('{"jsonrpc":"2.0","id":1,"method":"vendor/x","params":{"y":1e2}}');
    const list = request('{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"c"}}');
    while (pool.calls.length < 2) await nextTurn();
    expect(pool.calls.map(({ call: { method }, params }) => [method, params])).toEqual([
      ["vendor/x", '{"y":1e2}'],
      ["tools/list", '{"cursor":"c"}'],
    ]);
    pool.calls[0]?.answer('{"z":1e2}');
    pool.calls[1]?.answer('{"tools":[{"name":"hidden"},{"name":"a"}],"nextCursor":"d"}');
    await Promise.all([own.done, list.done]);
    expect(own.stream.lines).toEqual(['{"jsonrpc":"2.0","id":1,"result":{"z":1e2}}']);
    expect(list.stream.messages[0]?.["result"]).toEqual({ tools: [{ name: "a" }], nextCursor: "d" });
  });

  test("passes notifications of any name on", async () => {
    const { tell, pool, standing } = await openSingle();
    tell('{"jsonrpc":"2.0","method":"vendor/note","params":{"y":1e2}}');
    pool.say("one", '{"jsonrpc":"2.0","method":"vendor/told","params":{"y":1e2}}');
    expect(pool.notified).toEqual(['one vendor/note {"y":1e2}']);
    expect(standing.lines).toEqual(['{"jsonrpc":"2.0","method":"vendor/told","params":{"y":1e2}}']);
  });
});

describe("another configuration", () => {
  test("keeps what is the same, lets go of the rest when it is idle, and tells that lists changed", async () => {
    const [kept, gone, come] = [definitionOf("kept"), definitionOf("gone"), definitionOf("come")];
    const { session, pool, standing, initialize } = openScriptedSession([kept, gone]);
    await initialize();
    session.reload([kept, come]);
    expect(pool.released).toEqual([{ server: "gone", options: { whenIdle: true, isObsolete: true } }]);
    expect([...pool.consumers.keys()]).toEqual(["kept", "gone", "come"]);
    expect(standing.messages.map(({ method }) => method)).toEqual([
      "notifications/tools/list_changed",
      "notifications/prompts/list_changed",
      "notifications/resources/list_changed",
    ]);
  });

  test("that is the same changes nothing", async () => {
    const one = definitionOf("one");
    const { session, pool, standing, initialize } = openScriptedSession([one]);
    await initialize();
    session.reload([one]);
    expect(pool.released).toEqual([]);
    expect(standing.messages).toEqual([]);
  });
});

test("an agent whose only server was removed is told so, and goes on once it is back", async () => {
  const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}`;
  const { session, request } = openScriptedSession([definitionOf("one")], "one");
  const ask = async (line: string): Promise<unknown> => {
    const { stream, done } = request(line);
    await done;
    return stream.messages.at(-1);
  };
  const removed = { error: { message: expect.stringContaining("Server one is not configured any more") } };
  session.reload([definitionOf("two")]);
  expect(await ask(hello)).toMatchObject(removed);
  session.reload([definitionOf("one")]);
  expect(await ask(hello)).toMatchObject({ result: {} });
  session.reload([]);
  for (const method of ["tools/list", "prompts/list", "vendor/own"]) {
    expect(await ask(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`)).toMatchObject(removed);
  }
});

test("a configuration that comes while a session closes starts nothing", async () => {
  const { session, pool, initialize } = openScriptedSession([definitionOf("one")]);
  await initialize();
  const closing = session.close();
  session.reload([definitionOf("two")]);
  await closing;
  expect([...pool.consumers.keys()]).toEqual(["one"]);
});

describe("an agent that reads slowly", () => {
  const mebibyte = 1024 * 1024;

  test("holds back its servers until it has caught up", async () => {
    const { session, pool } = await openMerged();
    session.egress.add(9 * mebibyte);
    expect(pool.held).toBe(2);
    session.egress.remove(9 * mebibyte);
    expect(pool.held).toBe(0);
  });

  test("is let go of once too much waits for it", async () => {
    const { session } = await openMerged();
    session.egress.add(mebibyte);
    session.egress.add(64 * mebibyte);
    await expect(session.evicted).resolves.toMatchObject({
      code: "resource_exhausted",
      reason: "egress_full",
    });
  });
});

test("servers that a reload brings while too much waits for the agent are held like the others", async () => {
  const { session, pool, initialize } = openScriptedSession([definitionOf("one")]);
  await initialize();
  session.egress.add(9 * 1024 * 1024);
  expect(pool.held).toBe(1);
  session.reload([definitionOf("one"), definitionOf("two")]);
  const added = pool.held;
  session.egress.remove(9 * 1024 * 1024);
  expect([added, pool.held]).toEqual([3, 0]);
});
