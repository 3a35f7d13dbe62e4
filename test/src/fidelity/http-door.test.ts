import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpEnd, openHttpEnd } from "./support/http-end.js";

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "door", version: "1" } },
});
const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });

describe("who may come in over HTTP", () => {
  let end: HttpEnd;
  let mine: Record<string, string>;
  let session: Record<string, string>;
  beforeAll(async () => {
    end = await openHttpEnd();
    mine = { ...json, authorization: `Bearer ${end.token}` };
    session = { ...mine, "mcp-session-id": end.peer.sessionId ?? "", "mcp-protocol-version": "2025-11-25" };
  });
  afterAll(async () => end?.[Symbol.asyncDispose]());

  test.each([
    ["no", () => json],
    ["a wrong", () => ({ ...json, authorization: "Bearer wrong" })],
    ["an empty", () => ({ ...json, authorization: "Bearer " })],
    ["another kind of", () => ({ ...json, authorization: `Basic ${end.token}` })],
    ["half the right", () => ({ ...json, authorization: `Bearer ${end.token.slice(0, -1)}` })],
  ])("%s credential gets 401 and is told which kind is wanted", async (_, headers) => {
    const answer = await end.bare({ headers: headers(), body: initialize });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(answer.headers).not.toHaveProperty("mcp-session-id");
    expect(answer.body).not.toContain(end.token);
  });

  test("the session of somebody does not replace the credential", async () => {
    const { authorization: _, ...without } = session;
    expect((await end.bare({ headers: without, body: ping })).status).toBe(401);
    expect(
      (await end.bare({ method: "GET", headers: { ...without, accept: "text/event-stream" } })).status,
    ).toBe(401);
    expect((await end.bare({ method: "DELETE", headers: without })).status).toBe(401);
  });

  test("the credential is not shown by the door that stands open", async () => {
    const answer = await end.bare({ method: "GET", path: "/health" });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain(end.token);
  });

  test.each([
    "http://evil.example.com",
    "https://127.0.0.1.evil.example.com",
    "http://localhost.evil.example.com",
    "null",
  ])("a page of %s gets 403, credential or not", async (origin) => {
    expect((await end.bare({ headers: { ...mine, origin }, body: initialize })).status).toBe(403);
    expect((await end.bare({ headers: { ...session, origin }, body: ping })).status).toBe(403);
    expect((await end.bare({ method: "DELETE", headers: { ...session, origin } })).status).toBe(403);
  });

  test.each(["http://127.0.0.1:PORT", "http://localhost:PORT"])(
    "a page of %s may come in",
    async (pattern) => {
      const origin = pattern.replace("PORT", new URL(end.url).port);
      expect((await end.bare({ headers: { ...session, origin }, body: ping })).status).toBe(200);
    },
  );

  test.each(["evil.example.com", "127.0.0.1.evil.example.com", "evil.example.com:80"])(
    "a request for the host %s gets 403",
    async (host) => {
      expect((await end.bare({ headers: { ...mine, host }, body: initialize })).status).toBe(403);
      expect((await end.bare({ headers: { ...session, host }, body: ping })).status).toBe(403);
    },
  );

  test("a session that nobody knows gets 404, whatever is done with it", async () => {
    const unknown = { ...session, "mcp-session-id": "0".repeat(36) };
    expect((await end.bare({ headers: unknown, body: ping })).status).toBe(404);
    expect(
      (await end.bare({ method: "GET", headers: { ...unknown, accept: "text/event-stream" } })).status,
    ).toBe(404);
    expect((await end.bare({ method: "DELETE", headers: unknown })).status).toBe(404);
  });

  test("a session that was ended gets 404, and others live on", async () => {
    await using client = end.newClient();
    await client.request("initialize", JSON.parse(initialize).params);
    await client.notify("notifications/initialized");
    const { status } = await client.endSession();
    expect([200, 202, 204]).toContain(status);
    const ended = { ...session, "mcp-session-id": client.sessionId ?? "" };
    expect((await end.bare({ headers: ended, body: ping })).status).toBe(404);
    expect((await end.bare({ method: "DELETE", headers: ended })).status).toBe(404);
    expect((await end.bare({ headers: session, body: ping })).status).toBe(200);
  });

  test("session ids cannot be guessed and are plain ASCII", async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 5; n += 1) {
      const { headers } = await end.bare({ headers: mine, body: initialize });
      ids.add(String(headers["mcp-session-id"]));
    }
    expect(ids.size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{20,}$/);
  });

  test.each(["/mcp/nobody", "/", "/mcp/srv/more", "/mcp/%2e%2e", "/other"])(
    "there is nothing at %s",
    async (path) => {
      expect((await end.bare({ path, headers: mine, body: initialize })).status).toBe(404);
    },
  );

  test.each(["PUT", "PATCH"])("%s gets 405 and is told what is allowed", async (method) => {
    const answer = await end.bare({ method, headers: session, body: ping });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toMatch(/POST/);
  });
});
