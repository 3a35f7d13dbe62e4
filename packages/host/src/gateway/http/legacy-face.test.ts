import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { FairleadError } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import { type AgentCall, send } from "./test-support/http-agent.js";
import { initializeMessage, type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

function bodyOf({ body }: { readonly body: string }): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}

describe("a POST of the legacy era", () => {
  test("is answered with plain JSON, byte for byte, where the answer is all there is", async () => {
    const { ask, initialize } = await face();
    const headers = await initialize();
    const body = '{"jsonrpc":"2.0","id":"7","method":"echo","params":{"n":1.0,"big":12345678901234567890}}';
    const answer = await ask({ body, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.body).toBe('{"jsonrpc":"2.0","id":"7","result":{"n":1,"big":12345678901234567000}}');
  });

  test("keeps bytes that are no text", async () => {
    const { url, initialize, agents } = await face();
    const headers = await initialize();
    const sending = send(url, { body: rpc(1, "slow"), headers });
    await until(() => agents[0]?.calls.length === 2);
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"result":"\xff\xfe\u00e9"}', "latin1");
    agents[0]?.calls.at(-1)?.push(bytes);
    const [response] = await sending;
    expect(await buffer(response)).toEqual(bytes);
  });

  test("becomes an event stream at the first message before the answer, in order", async () => {
    const { listen, initialize } = await face();
    const headers = await initialize();
    const stream = await listen({ body: rpc(1, "count", { count: 3 }), headers });
    await stream.over;
    expect(stream.headers["content-type"]).toBe("text/event-stream");
    expect(stream.places()).toEqual(["1-0", "1-1", "1-2", "1-3", "1-4"]);
    expect(stream.events[0]).toMatchObject({ data: "", retry: "1000" });
    expect(stream.messages().map(({ id, params }) => id ?? params)).toEqual([
      { index: 1 },
      { index: 2 },
      { index: 3 },
      1,
    ]);
  });

  test("of an older revision begins its event stream without an event that has no data", async () => {
    const { listen, initialize } = await face();
    const headers = await initialize("2025-06-18");
    const stream = await listen({ body: rpc(1, "count", { count: 1 }), headers });
    await stream.over;
    expect(stream.events[0]).toMatchObject({ data: undefined, retry: "1000" });
    expect(stream.places()[0]).toBe("1-0");
  });

  test("is answered with an event stream where the agent takes nothing else", async () => {
    const { listen, initialize } = await face();
    const headers = { ...(await initialize()), accept: "text/event-stream" };
    const stream = await listen({ body: rpc(1, "echo", {}), headers });
    await stream.over;
    expect(stream.messages()).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  test("is answered with JSON where the agent takes nothing else; the rest goes to the standing stream", async () => {
    const { ask, listen, initialize } = await face();
    const headers = await initialize();
    const body = rpc(1, "count", { count: 2 });
    const answer = await ask({ body, headers: { ...headers, accept: "application/json" } });
    expect(bodyOf(answer)).toEqual({ jsonrpc: "2.0", id: 1, result: { count: 2 } });
    const standing = await listen({ method: "GET", headers: { ...headers, accept: "text/event-stream" } });
    expect(await standing.until(2)).toHaveLength(2);
  });

  test("is followed on the standing stream by what still belongs to it: a question that is taken back", async () => {
    const { listen, initialize, agents } = await face();
    const headers = await initialize();
    const answering = listen({ body: rpc(1, "slow"), headers });
    await until(() => agents[0]?.calls.length === 2);
    const call = agents[0]?.calls.at(-1);
    call?.push('{"jsonrpc":"2.0","id":"q-1","method":"elicitation/create","params":{}}');
    call?.answer("done");
    const stream = await answering;
    await stream.over;
    expect(stream.messages().map(({ id }) => id)).toEqual(["q-1", 1]);
    const withdrawal = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q-1"}}';
    call?.push(withdrawal);
    const standing = await listen({ method: "GET", headers });
    await standing.until(1);
    expect(standing.messages()).toEqual([JSON.parse(withdrawal)]);
  });

  test("that takes long becomes an event stream, which can be resumed", async () => {
    const { listen, initialize, agents } = await face({ limits: { streamAfterMs: 20 } });
    const headers = await initialize();
    const stream = await listen({ body: rpc(1, "slow"), headers });
    expect(stream.headers["content-type"]).toBe("text/event-stream");
    const start = await stream.idAt("1-0");
    stream.cut();
    agents[0]?.calls.at(-1)?.answer("late");
    const rest = await listen({ method: "GET", headers: { ...headers, "last-event-id": start } });
    await rest.over;
    expect(rest.messages()).toEqual([{ jsonrpc: "2.0", id: 1, result: "late" }]);
  });

  test("of a notification or an answer is accepted with nothing", async () => {
    const { ask, initialize, agents } = await face();
    const headers = await initialize();
    const note = await ask({ body: { jsonrpc: "2.0", method: "notifications/initialized" }, headers });
    const answer = await ask({ body: { jsonrpc: "2.0", id: "fairlead-1", result: {} }, headers });
    const error = { jsonrpc: "2.0", id: "fairlead-2", error: { code: 1, message: "" } };
    await ask({ body: error, headers });
    expect([note.status, note.body, answer.status, answer.body]).toEqual([202, "", 202, ""]);
    expect(agents[0]?.notes).toEqual(["notifications/initialized"]);
    expect(agents[0]?.settled).toHaveLength(2);
  });

  test("of an answer that cannot be read fails its question, whose answer will not come again", async () => {
    const { ask, initialize, agents } = await face({ limits: { maxMessageBytes: 1_000 } });
    const headers = await initialize();
    const text = "x".repeat(2_000);
    const bodies = [
      '{"jsonrpc":"2.0","id":"no-result"}',
      '{"jsonrpc":"2.0","id":"cut-off","result":{"action"',
      { jsonrpc: "2.0", id: "large", result: { text } },
      rpc("request", "echo", { text }),
      '{"jsonrpc":"2.0","id":"request","method":7}',
    ];
    const statuses: number[] = [];
    for (const body of bodies) statuses.push((await ask({ body, headers })).status);
    const chunked = { ...headers, "transfer-encoding": "chunked" };
    await ask({ body: { jsonrpc: "2.0", result: { text }, id: "large-in-chunks" }, headers: chunked });
    expect(statuses).toEqual([400, 400, 413, 413, 400]);
    await until(() => agents[0]?.broken.length === 4);
    expect(agents[0]?.broken).toEqual(["no-result", "cut-off", "large", "large-in-chunks"]);
  });

  test("that was taken back ends without an answer", async () => {
    const { listen, initialize, agents } = await face();
    const headers = await initialize();
    const answering = listen({ body: rpc(1, "slow"), headers });
    await until(() => agents[0]?.calls.length === 2);
    agents[0]?.calls.at(-1)?.giveUp();
    const stream = await answering;
    await stream.over;
    expect([stream.status, stream.events]).toEqual([202, []]);
  });

  test("carries on the headers that configuration names, and never those that are ours", async () => {
    const names = ["x-team", "Authorization", "cookie", "host", "mcp-session-id"];
    const { ask, initialize, agents } = await face({ forwardHeaders: () => names });
    const headers = await initialize();
    await ask({ body: rpc(1, "echo"), headers: { ...headers, "x-team": "blue", cookie: "a=b" } });
    expect(agents[0]?.calls.at(-1)?.line.headers).toEqual({ "x-team": "blue" });
  });
});

describe("a request that cannot be served", () => {
  test.each([
    ["no JSON", { body: '{"jsonrpc":"2.0","id":1,"method"' }, 400, -32700],
    ["a batch", { body: [rpc(1, "ping")] }, 400, -32600],
    ["no object", { body: "7" }, 400, -32600],
    ["another type", { headers: { "content-type": "text/plain" } }, 415, -32000],
    ["no type", { headers: { "content-type": undefined } }, 415, -32000],
    ["no fitting Accept", { headers: { accept: "text/html" } }, 406, -32000],
    ["a revision that is none", { headers: { "mcp-protocol-version": "1999-01-01" } }, 400, -32022],
    ["an empty revision", { headers: { "mcp-protocol-version": "" } }, 400, -32022],
    ["an unknown session", { headers: { "mcp-session-id": "mcp_none" } }, 404, -32001],
    ["no session", { headers: { "mcp-session-id": undefined } }, 400, -32600],
    ["another method", { method: "PUT" }, 405, -32000],
    ["GET without a session", { method: "GET", headers: { "mcp-session-id": undefined } }, 405, -32000],
    ["DELETE without a session", { method: "DELETE", headers: { "mcp-session-id": undefined } }, 405, -32000],
    ["GET that takes no events", { method: "GET", headers: { accept: "application/json" } }, 406, -32000],
    ["an event of nobody", { method: "GET", headers: { "last-event-id": "abcdef-0-0" } }, 400, -32600],
    ["an event that is none", { method: "GET", headers: { "last-event-id": "x" } }, 400, -32600],
  ])("because of %s", async (_why, call: AgentCall, status, code) => {
    const { ask, initialize } = await face();
    const session = await initialize();
    const body = call.method === undefined ? rpc(1, "echo") : undefined;
    const answer = await ask({
      ...(body === undefined ? {} : { body }),
      ...call,
      headers: { ...session, ...call.headers },
    });
    expect(answer.status).toBe(status);
    expect(bodyOf(answer)).toMatchObject({ jsonrpc: "2.0", error: { code } });
  });

  test("because it is too large is told so, whether or not it says its size", async () => {
    const { ask, initialize } = await face({ limits: { maxMessageBytes: 1000 } });
    const headers = await initialize();
    const body = JSON.stringify(rpc(1, "echo", { text: "x".repeat(2000) }));
    const sized = await ask({ body, headers });
    expect(sized.status).toBe(413);
    expect(bodyOf(sized)).toMatchObject({ error: { code: -32600 } });
    const chunked = await ask({ body, headers: { ...headers, "transfer-encoding": "chunked" } });
    expect(chunked.status).toBe(413);
    expect((await ask({ body: rpc(2, "echo"), headers })).status).toBe(200);
  });

  test("is no session where the handshake fails", async () => {
    const { ask, face: listening, agents } = await face();
    const answer = await ask({ body: rpc(0, "initialize", { refuse: -32603 }) });
    expect(bodyOf(answer)).toMatchObject({ id: 0, error: { code: -32603 } });
    expect(answer.headers["mcp-session-id"]).toBeUndefined();
    await until(() => agents[0]?.closes === 1);
    expect(listening.sessions()).toEqual([]);
  });
});

describe("sessions", () => {
  test("end with DELETE: the servers are let go of, and the session is not found any more", async () => {
    const { ask, listen, initialize, agents, events } = await face();
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    expect((await ask({ method: "DELETE", headers })).status).toBe(204);
    await standing.over;
    expect(agents[0]?.closes).toBe(1);
    expect((await ask({ body: rpc(1, "echo"), headers })).status).toBe(404);
    expect((await ask({ method: "GET", headers })).status).toBe(404);
    expect((await ask({ method: "DELETE", headers })).status).toBe(404);
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(["session_opened", "session_closed"]);
  });

  test("are as many as there may be: one more hears so", async () => {
    const { ask, initialize } = await face({ limits: { sessions: 2 } });
    const first = await initialize();
    await initialize();
    const third = await ask({ body: initializeMessage() });
    expect(third.status).toBe(503);
    expect(bodyOf(third)).toMatchObject({
      id: 0,
      error: { data: { fairlead: { reason: "limit_reached", limit: 2 } } },
    });
    await ask({ method: "DELETE", headers: first });
    expect((await ask({ body: initializeMessage() })).status).toBe(200);
  });

  test("are forgotten when nobody has used them for long, but not while a stream or a request is open", async () => {
    const limits = { idleTtlMs: 400 };
    const { ask, listen, initialize, agents, face: listening } = await face({ limits });
    const idle = await initialize();
    const reading = await initialize();
    const waiting = await initialize();
    await listen({ method: "GET", headers: reading });
    const answering = ask({ body: rpc(1, "slow"), headers: waiting });
    await until(() => agents[0]?.closes === 1);
    expect((await ask({ body: rpc(1, "echo"), headers: idle })).status).toBe(404);
    expect(listening.sessions()).toHaveLength(2);
    agents[2]?.calls.at(-1)?.answer("done");
    expect(bodyOf(await answering)).toMatchObject({ result: "done" });
    await until(() => listening.sessions().length === 1);
  });

  test("are forgotten with the requests of an agent that has left, unless it reads on", async () => {
    const limits = { idleTtlMs: 400, streamAfterMs: 1 };
    const { listen, initialize, agents, face: listening } = await face({ limits });
    const [back, gone] = [await initialize(), await initialize()];
    const broken = await listen({ body: rpc(1, "slow"), headers: back });
    const lastEventId = await broken.idAt("1-0");
    broken.cut();
    const resumed = await listen({ method: "GET", headers: { ...back, "last-event-id": lastEventId } });
    // As a call whose approval the agent was asked for.
    const left = await listen({ body: rpc(1, "slow"), headers: gone });
    left.cut();
    await until(() => agents[1]?.closes === 1);
    expect(listening.sessions()).toHaveLength(1);
    agents[0]?.calls.at(-1)?.answer("done");
    await resumed.over;
    expect(resumed.messages()).toEqual([{ jsonrpc: "2.0", id: 1, result: "done" }]);
  });

  test("that are given up on are closed, and not found any more", async () => {
    const { ask, listen, initialize, agents, events } = await face();
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    agents[0]?.evict(new FairleadError("unavailable", "gone"));
    await standing.over;
    expect((await ask({ body: rpc(1, "echo"), headers })).status).toBe(404);
    expect(events.at(-2)).toMatchObject({ type: "session_closed", why: "evicted" });
  });

  test("of agents that left before they learned its id are ended", async () => {
    const { agents, face: listening, url } = await face({ limits: { streamAfterMs: 60_000 } });
    const sent = request(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      agent: false,
    });
    sent.on("error", () => {});
    // Answered by nobody: the handshake of a server that hangs.
    sent.end(JSON.stringify(rpc(0, "initialize", { refuse: undefined, hangs: true })));
    await until(() => agents.length === 1);
    sent.destroy();
    await until(() => listening.sessions().length === 0);
    expect(agents[0]?.closes).toBe(1);
  });
});
