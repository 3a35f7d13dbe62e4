import { describe, expect, test } from "vitest";
import {
  client,
  discoverResult,
  failureOf,
  type ModernScript,
  openModernPair,
  parseAnswer,
} from "../test-support/modern-server.js";

const P = "io.modelcontextprotocol/";
const envelope = {
  [`${P}protocolVersion`]: "2026-07-28",
  [`${P}clientInfo`]: client.clientInfo,
  [`${P}clientCapabilities`]: client.capabilities,
};
const complete = { resultType: "complete" };

describe("a modern server", () => {
  test("is asked server/discover, which stands in for the handshake", async () => {
    await using pair = await openModernPair();
    expect(pair.connection.era).toBe("modern");
    const { initializeResult } = pair.connection;
    expect(initializeResult.protocolVersion).toBe("2026-07-28");
    expect(initializeResult.value).toEqual({
      protocolVersion: "2026-07-28",
      capabilities: discoverResult.capabilities,
      serverInfo: { name: "memory", version: "9" },
      instructions: "be kind",
    });
    expect(JSON.parse(initializeResult.raw.toString())).toEqual(initializeResult.value);
    expect(pair.server.received[0]).toMatchObject({ method: "server/discover", params: { _meta: envelope } });
    expect(pair.server.received.some(({ method }) => method === "initialize")).toBe(false);
  });

  test("is told in every request who asks, and the caller's own bytes stay", async () => {
    await using pair = await openModernPair(({ method }) =>
      method === "x" ? { result: complete } : undefined,
    );
    const params = '{ "n":1.50, "_meta" : {"traceparent":"00-a-b-01", "mine":1e2}}';
    await pair.connection.request({ method: "x", params: Buffer.from(params) });
    await pair.connection.request({ method: "x" });
    const lines = pair.server.writes
      .flatMap((text) => text.split("\n"))
      .filter((line) => line.includes('"x"'));
    expect(lines[0]).toContain('{ "n":1.50, "_meta" : {');
    expect(lines[0]).toContain('"traceparent":"00-a-b-01", "mine":1e2}}');
    const [first, second] = pair.server.received.filter(({ method }) => method === "x");
    expect(first?.params).toEqual({ n: 1.5, _meta: { ...envelope, traceparent: "00-a-b-01", mine: 100 } });
    expect(second?.params).toEqual({ _meta: envelope });
  });

  test("is not told by the caller's _meta that somebody else asks", async () => {
    await using pair = await openModernPair(({ method }) =>
      method === "x" ? { result: complete } : undefined,
    );
    await pair.ask("x", { _meta: { [`${P}protocolVersion`]: "1999-01-01", [`${P}clientInfo`]: 1, a: 2 } });
    const { params } = await pair.server.next(({ method }) => method === "x");
    expect(params).toEqual({ _meta: { ...envelope, a: 2 } });
  });

  test("gives its results as they are", async () => {
    const result = '{"resultType":"complete","content":[ ],"_meta":{"x":1.0},"odd":1e400}';
    await using pair = await openModernPair((message, server) => {
      if (message.method === "tools/call") {
        server.say(`{"jsonrpc":"2.0","id":${String(message.id)},"result":${result}}\n`);
      }
      return undefined;
    });
    const answer = await pair.connection.request({
      method: "tools/call",
      params: Buffer.from('{"name":"t"}'),
    });
    expect(answer.kind === "result" && answer.result.toString()).toBe(result);
  });

  test("hears no legacy notification, and others with the envelope", async () => {
    await using pair = await openModernPair();
    pair.connection.notify("notifications/initialized");
    pair.connection.notify("notifications/roots/list_changed");
    pair.connection.notify("notifications/progress", Buffer.from('{"progressToken":1}'));
    pair.connection.notify("custom/told", Buffer.from('{"a":1}'));
    const told = await pair.server.next(({ method }) => method === "custom/told");
    expect(told.params).toEqual({ a: 1, _meta: envelope });
    const names = pair.server.received.map(({ method }) => method);
    expect(names.filter((name) => name?.startsWith("notifications/"))).toEqual([]);
  });

  test("is told that a call is given up, as a call's time is over for all its rounds together", async () => {
    await using pair = await openModernPair();
    const late = await failureOf(pair.connection.request({ method: "tools/call", timeoutMs: 20 }));
    expect(late).toMatchObject({ code: "deadline_exceeded" });
    const call = await pair.server.next(({ method }) => method === "tools/call");
    const { params } = await pair.server.next(({ method }) => method === "notifications/cancelled");
    expect(params).toMatchObject({ requestId: call.id, reason: "Timed out" });
    const abort = new AbortController();
    const asked = pair.connection.request({ method: "y", signal: abort.signal });
    abort.abort("enough");
    expect(await failureOf(asked)).toMatchObject({ code: "canceled" });
    const second = await pair.server.next((message) => message.params?.["reason"] === "enough");
    expect(second.method).toBe("notifications/cancelled");
  });

  test("that refuses our revision later fails the call by name", async () => {
    const error = { code: -32022, message: "no", data: { supported: ["2027-01-01"] } };
    await using pair = await openModernPair(({ method }) => (method === "x" ? { error } : undefined));
    const failure = await failureOf(pair.ask("x"));
    expect(failure).toMatchObject({ code: "protocol", reason: "version_mismatch" });
    expect(failure.message).toContain("2027-01-01");
  });

  test("passes its other errors on as data", async () => {
    const error = { code: -32021, message: "no", data: { requiredCapabilities: { roots: {} } } };
    await using pair = await openModernPair(({ method }) => (method === "x" ? { error } : undefined));
    expect(await pair.ask("x")).toEqual({ error });
  });
});

describe("what only the legacy era has", () => {
  const ok: ModernScript = ({ method }) => (method === "x" ? { result: complete } : undefined);

  test("is answered by what does the same: ping", async () => {
    await using pair = await openModernPair();
    expect(await pair.ask("ping")).toEqual({});
    expect(pair.server.received.filter(({ method }) => method === "server/discover")).toHaveLength(2);
  });

  test("a log level goes with every later request", async () => {
    await using pair = await openModernPair(ok);
    expect(await pair.ask("logging/setLevel", { level: "warning" })).toEqual({});
    expect(await pair.ask("logging/setLevel", { level: "loud" })).toMatchObject({ error: { code: -32602 } });
    await pair.ask("x");
    const { params } = await pair.server.next(({ method }) => method === "x");
    expect(params?.["_meta"]).toEqual({ ...envelope, [`${P}logLevel`]: "warning" });
    expect(pair.server.received.some(({ method }) => method === "logging/setLevel")).toBe(false);
  });

  test.each(["initialize", "tasks/list", "tasks/result", "subscriptions/listen"])(
    "%s is refused by name",
    async (method) => {
      await using pair = await openModernPair();
      expect(await pair.ask(method, {})).toMatchObject({
        error: { code: -32601, message: expect.stringContaining(method) },
      });
    },
  );
});

describe("a page of a list", () => {
  const lists = (extra: object): ModernScript => {
    let count = 0;
    return ({ method }) =>
      method === "tools/list"
        ? { result: { ...complete, tools: [{ name: `t${++count}` }], ...extra } }
        : undefined;
  };

  test("is read once as long as the server allows, and anew after it says that it changed", async () => {
    await using pair = await openModernPair(lists({ ttlMs: 60_000, cacheScope: "public" }));
    expect(await pair.ask("tools/list")).toMatchObject({ tools: [{ name: "t1" }] });
    expect(await pair.ask("tools/list", { _meta: { progressToken: 1 } })).toMatchObject({
      tools: [{ name: "t1" }],
    });
    expect(await pair.ask("tools/list", { cursor: "2" })).toMatchObject({ tools: [{ name: "t2" }] });
    const { id } = await pair.server.next(({ method }) => method === "subscriptions/listen");
    const params = { _meta: { [`${P}subscriptionId`]: id } };
    pair.server.sayMessage({ method: "notifications/tools/list_changed", params });
    expect(await pair.ask("tools/list")).toMatchObject({ tools: [{ name: "t3" }] });
    expect(pair.notifications).toEqual([
      { method: "notifications/tools/list_changed", params: {}, hasCall: false },
    ]);
  });

  test.each([{}, { ttlMs: 0 }, { ttlMs: -5 }, { ttlMs: "60000" }])("is not kept with %j", async (extra) => {
    await using pair = await openModernPair(lists(extra));
    await pair.ask("tools/list");
    expect(await pair.ask("tools/list")).toMatchObject({ tools: [{ name: "t2" }] });
  });

  test("is not kept if it changed while it was read", async () => {
    let first: (() => void) | undefined;
    let count = 0;
    await using pair = await openModernPair(({ method, id }, server) => {
      if (method !== "tools/list") return undefined;
      count += 1;
      const result = { ...complete, tools: [{ name: `t${count}` }], ttlMs: 60_000 };
      if (count > 1) return { result };
      first = () => server.sayMessage({ id, result });
      return undefined;
    });
    const old = pair.ask("tools/list");
    await pair.server.next(({ method }) => method === "tools/list");
    pair.server.sayMessage({ method: "notifications/tools/list_changed" });
    first?.();
    expect(await old).toMatchObject({ tools: [{ name: "t1" }] });
    expect(await pair.ask("tools/list")).toMatchObject({ tools: [{ name: "t2" }] });
  });
});

test("log messages belong to the only call in flight, whoever listens", async () => {
  await using pair = await openModernPair(({ method }, server) => {
    if (method !== "tools/call") return undefined;
    server.sayMessage({ method: "notifications/message", params: { level: "info", data: 1 } });
    return { result: complete };
  });
  expect(parseAnswer(await pair.connection.request({ method: "tools/call" }))).toEqual(complete);
  expect(pair.notifications).toEqual([
    { method: "notifications/message", params: { level: "info", data: 1 }, hasCall: true },
  ]);
});

test("progress comes under the caller's own token", async () => {
  await using pair = await openModernPair(({ method, params }, server) => {
    if (method !== "tools/call") return undefined;
    const meta = params?.["_meta"] as Record<string, unknown>;
    server.sayMessage({
      method: "notifications/progress",
      params: { progressToken: meta["progressToken"], progress: 1 },
    });
    return { result: complete };
  });
  const seen: unknown[] = [];
  await pair.connection.request({
    method: "tools/call",
    params: Buffer.from('{"_meta":{"progressToken":"mine"}}'),
    onProgress: (raw) => seen.push(JSON.parse(raw.toString())),
  });
  expect(seen).toEqual([{ progressToken: "mine", progress: 1 }]);
});
