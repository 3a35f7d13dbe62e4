import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareAnswer, type HttpEnd, openHttpEnd } from "./support/http-end.js";
import { play, respond, scriptedServer, scriptParams, tell } from "./support/script.js";

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const ping = { jsonrpc: "2.0", id: 2, method: "ping" };

describe("what the HTTP face makes of a body and its headers", () => {
  let end: HttpEnd;
  let session: Record<string, string>;
  beforeAll(async () => {
    end = await openHttpEnd();
    session = {
      ...json,
      authorization: `Bearer ${end.token}`,
      "mcp-session-id": end.peer.sessionId ?? "",
      "mcp-protocol-version": "2025-11-25",
    };
  });
  afterAll(async () => end?.[Symbol.asyncDispose]());

  const post = (message: unknown, headers: Record<string, string | undefined> = {}): Promise<BareAnswer> => {
    const all = Object.entries({ ...session, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const body = typeof message === "string" ? message : JSON.stringify(message);
    return end.bare({ headers: Object.fromEntries(all), body });
  };

  test.each(["{broken", "", "\u0000", '{"jsonrpc":"2.0",}', "nul"])(
    "%j is no JSON: 400 and -32700",
    async (body) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32700 } });
    },
  );

  test.each([
    "1",
    "null",
    `"text"`,
    "{}",
    `{"jsonrpc":"2.0"}`,
    `{"jsonrpc":"2.0","id":{},"method":"ping"}`,
    `{"jsonrpc":"2.0","id":1,"method":5}`,
  ])("%j is no message: 400 and -32600", async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32600 } });
  });

  test.each([0, 1, 2])("a batch of %i is refused: 400", async (count) => {
    const answer = await post(Array.from({ length: count }, () => ping));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32600 } });
  });

  test("a notification gets 202 and nothing more", async () => {
    const answer = await post({ jsonrpc: "2.0", method: "notifications/vendor/x" });
    expect([answer.status, answer.body]).toEqual([202, ""]);
  });

  test("an answer gets 202 and nothing more, even to what nobody asked", async () => {
    const answer = await post({ jsonrpc: "2.0", id: "never-asked", result: {} });
    expect([answer.status, answer.body]).toEqual([202, ""]);
  });

  test("a request without a session gets 400", async () => {
    expect((await post(ping, { "mcp-session-id": undefined })).status).toBe(400);
  });

  test.each(["1999-01-01", "2026-13-99", "latest"])("a revision named %j gets 400", async (version) => {
    expect((await post(ping, { "mcp-protocol-version": version })).status).toBe(400);
  });

  test("a request that names no revision is taken as one of an older agent", async () => {
    expect((await post(ping, { "mcp-protocol-version": undefined })).status).toBe(200);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", undefined])(
    "a body of type %s gets 415",
    async (type) => {
      expect((await post(ping, { "content-type": type })).status).toBe(415);
    },
  );

  test("a charset beside the type of the body is fine", async () => {
    expect((await post(ping, { "content-type": "application/json; charset=utf-8" })).status).toBe(200);
  });

  test("who does not take what we answer gets 406", async () => {
    expect((await post(ping, { accept: "text/html" })).status).toBe(406);
    const get = { ...session, accept: "application/json" };
    expect((await end.bare({ method: "GET", headers: get })).status).toBe(406);
  });

  test("a lone answer is JSON, with an exact length", async () => {
    const answer = await post(ping);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(answer.body)).toEqual({ jsonrpc: "2.0", id: 2, result: {} });
  });

  test("an answer after other messages comes over a stream of events, each with an id", async () => {
    const steps = [
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":1}`),
      { pause: 50 },
      respond("{}"),
    ];
    const params = scriptParams("script", steps, { meta: { progressToken: "p" } });
    const call = end.peer.call({ jsonrpc: "2.0", id: "streamed", method: "tools/call", params });
    const answer = await call.answer;
    expect(answer.headers["content-type"]).toMatch(/^text\/event-stream/);
    expect(await answer.ended).toBe("finished");
    const told = answer.events.filter(({ data }) => data !== "");
    expect(told.map(({ data }) => JSON.parse(data))).toMatchObject([
      { method: "notifications/progress", params: { progressToken: "p" } },
      { id: "streamed", result: {} },
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(2);
    for (const { id } of told) expect(id).toMatch(/\S/);
  });

  test("nothing of a session may be kept by caches", async () => {
    const answer = await post(ping);
    expect(answer.headers["cache-control"] ?? "no-store").toMatch(/no-store|no-cache/);
  });

  test("an error of the server is status 200: it is an answer", async () => {
    const steps = [{ send: `{"jsonrpc":"2.0","id":$ID,"error":{"code":-32601,"message":"m","data":[1]}}` }];
    const answer = await post({
      jsonrpc: "2.0",
      id: 9,
      method: "tools/call",
      params: scriptParams("script", steps),
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("-32601");
  });

  test("answers that an SDK would drop arrive", async () => {
    const odd = [
      `{"jsonrpc":"2.0","id":$ID,"result":null}`,
      `{"jsonrpc":"2.0","id":$ID,"result":{},"top":1}`,
      `{"jsonrpc":"2.0","id":$ID,"error":{"code":1.5,"message":"m"}}`,
    ];
    for (const send of odd) expect(await play(end, [{ send }])).toHaveProperty("id");
  });
});

describe("a body beyond the bound", () => {
  test("gets 413, and the session lives on", async () => {
    const topLevel = `max_message_bytes = ${2 ** 20}`;
    await using end = await openHttpEnd("local", { server: scriptedServer(), topLevel });
    const headers = {
      ...json,
      authorization: `Bearer ${end.token}`,
      "mcp-session-id": end.peer.sessionId ?? "",
    };
    const message = { ...ping, params: { big: "x".repeat(2 ** 21) } };
    expect((await end.bare({ headers, body: JSON.stringify(message) })).status).toBe(413);
    expect((await end.bare({ headers, body: JSON.stringify(ping) })).status).toBe(200);
  });
});
