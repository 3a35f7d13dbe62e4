import { afterEach, describe, expect, test } from "vitest";
import { type AgentCall, listen } from "./test-support/http-agent.js";
import { modern, type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

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

function withHeaders(call: AgentCall, headers: Readonly<Record<string, string | undefined>>): AgentCall {
  return { ...call, headers: { ...call.headers, ...headers } };
}

/** Of a client that does not say who it is. */
const anonymousMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

function toolCall(name: string): AgentCall {
  return withHeaders(modern(1, "tools/call", { name }), { "mcp-name": name });
}

describe("a POST of the modern era", () => {
  test("needs no session and gets none", async () => {
    const { ask } = await face();
    const answer = await ask(modern("a", "echo"));
    expect(answer.status).toBe(200);
    expect(answer.headers["mcp-session-id"]).toBeUndefined();
    expect(bodyOf(answer)).toMatchObject({ id: "a", result: { _meta: {} } });
  });

  test("becomes an event stream at the first message before the answer, without ids: nothing is resumed", async () => {
    const { listen } = await face();
    const stream = await listen(modern(1, "count", { count: 2 }));
    await stream.over;
    expect(stream.headers["content-type"]).toBe("text/event-stream");
    expect(stream.messages()).toHaveLength(3);
    expect(stream.events.map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
  });

  test("is taken back by closing its stream", async () => {
    const { listen, agents } = await face();
    const answering = listen(modern(1, "slow"));
    await until(() => agents[0]?.calls.length === 1);
    const [call] = agents[0]?.calls ?? [];
    call?.say({});
    const stream = await answering;
    expect(call?.line.signal?.aborted).toBe(false);
    stream.cut();
    await until(() => call?.line.signal?.aborted === true);
  });

  test("is not taken back by ending well", async () => {
    const { ask, agents } = await face();
    await ask(modern(1, "echo"));
    expect(agents[0]?.calls[0]?.line.signal?.aborted).toBe(false);
  });

  test.each([
    [-32601, 404],
    [-32021, 400],
    [-32022, 400],
    [-32602, 200],
    [-32603, 200],
    [7, 200],
  ])("tells the error %s with status %s", async (code, status) => {
    const { ask } = await face();
    const answer = await ask(modern(1, "echo", { refuse: code }));
    expect(answer.status).toBe(status);
    expect(bodyOf(answer)).toMatchObject({ id: 1, error: { code } });
  });
});

describe("headers of the modern era", () => {
  test.each([
    ["right", {}, 200],
    ["encoded", { "mcp-name": "=?base64?YWRk?=" }, 200],
    ["padded with blanks", { "mcp-name": "  add  " }, 200],
    ["of another method", { "mcp-method": "tools/list" }, 400],
    ["in capitals", { "mcp-method": "TOOLS/CALL" }, 400],
    ["without the method", { "mcp-method": undefined }, 400],
    ["of another tool", { "mcp-name": "sub" }, 400],
    ["without the name", { "mcp-name": undefined }, 400],
    ["without the revision", { "mcp-protocol-version": undefined }, 400],
    ["of another revision", { "mcp-protocol-version": "2025-11-25" }, 400],
  ])("that are %s", async (_what, headers, status) => {
    const { ask } = await face();
    const answer = await ask(withHeaders(toolCall("add"), headers));
    const told = status === 200 ? { result: { name: "add" } } : { error: { code: -32020 } };
    expect(answer.status).toBe(status);
    expect(bodyOf(answer)).toMatchObject({ id: 1, ...told });
  });

  test("of an unknown revision are answered with those that are known", async () => {
    const { ask } = await face();
    const meta = { "io.modelcontextprotocol/protocolVersion": "v999.0.0" };
    const call = { ...modern(1, "server/discover"), body: rpc(1, "server/discover", { _meta: meta }) };
    const answer = await ask(withHeaders(call, { "mcp-protocol-version": "v999.0.0" }));
    expect(answer.status).toBe(400);
    expect(bodyOf(answer)).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: ["2026-07-28"], requested: "v999.0.0" } },
    });
  });

  test("without an envelope in the body are answered with what is missing", async () => {
    const { ask } = await face();
    const answer = await ask({ ...modern(9, "tools/list"), body: rpc(9, "tools/list", {}) });
    expect(answer.status).toBe(400);
    expect(bodyOf(answer)).toMatchObject({ id: 9, error: { code: -32602 } });
    const removed = await ask({ ...modern(9, "ping"), body: rpc(9, "ping", {}) });
    expect(removed.status).toBe(404);
    expect(bodyOf(removed)).toMatchObject({ error: { code: -32601 } });
  });
});

describe("what a modern client may not or need not do", () => {
  test("answers are not posted, notifications are accepted", async () => {
    const { ask, agents } = await face();
    const headers = { "mcp-protocol-version": "2026-07-28" };
    const answer = await ask({ headers, body: { jsonrpc: "2.0", id: 1, result: {} } });
    expect(answer.status).toBe(400);
    const note = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    expect((await ask({ headers, body: note })).status).toBe(202);
    expect(agents).toEqual([]);
  });

  test("to listen without taking event streams is refused", async () => {
    const { ask } = await face();
    const call = withHeaders(modern(1, "subscriptions/listen"), { accept: "application/json" });
    expect((await ask(call)).status).toBe(406);
  });

  test.each([
    ["on the merged endpoint goes to who listens there", "", [{ params: { is: "told" } }]],
    ["on the endpoint of one server is for nobody", "/files", []],
  ])("what belongs to no request %s", async (_, path, told) => {
    const { agents, url } = await face();
    const listening = listen(`${url}${path}`, modern(2, "subscriptions/listen"));
    await until(() => agents[0]?.calls.length === 1);
    const [agent] = agents;
    const [call] = agent?.calls ?? [];
    agent?.say({ is: "before the acknowledgement" });
    call?.say({ is: "acknowledged" });
    agent?.say({ is: "told" });
    call?.answer({});
    const stream = await listening;
    await stream.over;
    expect(stream.messages()).toMatchObject([{ params: { is: "acknowledged" } }, ...told, { id: 2 }]);
    agent?.say({ is: "after the end" });
  });

  test("streams are not resumed", async () => {
    const { ask } = await face();
    const headers = { "mcp-protocol-version": "2026-07-28", "last-event-id": "1-1" };
    expect((await ask({ method: "GET", headers })).status).toBe(405);
  });
});

describe("modern clients", () => {
  test("that say the same of themselves share their servers, others do not", async () => {
    const { ask, agents } = await face({
      auth: {
        kind: "bearer",
        tokens: [
          { token: "a", name: "anna" },
          { token: "b", name: "ben" },
        ],
      },
      forwardHeaders: () => ["x-team"],
    });
    const anna = { authorization: "Bearer a" };
    await ask(withHeaders(modern(1, "echo"), anna));
    await ask(withHeaders(modern(2, "echo"), anna));
    expect(agents).toHaveLength(1);
    await ask(withHeaders(modern(1, "echo"), { authorization: "Bearer b" }));
    await ask(withHeaders(modern(1, "echo"), { ...anna, "x-team": "blue" }));
    const other = modern(1, "echo", {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { sampling: {} },
      },
    });
    await ask(withHeaders(other, anna));
    expect(agents.map(({ options }) => options.principal)).toEqual(["anna", "ben", "anna", "anna"]);
    expect(agents[2]?.calls[0]?.line.headers).toEqual({ "x-team": "blue" });
  });

  test("that are idle for long are forgotten, but not while a person was asked and has yet to answer", async () => {
    const { ask, agents, face: listening } = await face({ limits: { idleTtlMs: 40 } });
    await ask(modern(1, "echo"));
    const [waiting] = agents;
    if (waiting !== undefined) waiting.hasOpenQuestions = true;
    await ask(modern(1, "echo", { _meta: anonymousMeta }));
    await until(() => agents[1]?.closes === 1);
    expect(listening.sessions()).toHaveLength(1);
    if (waiting !== undefined) waiting.hasOpenQuestions = false;
    await until(() => waiting?.closes === 1);
  });

  test("that are idle give way to new ones, busy ones do not", async () => {
    const { ask, listen, agents, face: listening } = await face({ limits: { sessions: 1 } });
    const named = (name: string, method: string): AgentCall =>
      modern(1, method, {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name, version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      });
    await ask(named("first", "echo"));
    const [first] = agents;
    if (first !== undefined) first.hasOpenQuestions = true;
    // A person who was asked has yet to answer.
    expect((await ask(named("second", "echo"))).status).toBe(503);
    if (first !== undefined) first.hasOpenQuestions = false;
    const busy = listen(named("second", "slow"));
    await until(() => agents[1]?.calls.length === 1);
    expect(agents[0]?.closes).toBe(1);
    expect((await ask(named("third", "echo"))).status).toBe(503);
    expect(listening.sessions()).toHaveLength(1);
    agents[1]?.calls[0]?.answer("done");
    await (await busy).over;
  });
});
