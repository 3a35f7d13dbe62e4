import { afterEach, describe, expect, test } from "vitest";
import { listenHttp } from "./listen-http.js";
import { ask as askAt } from "./test-support/http-agent.js";
import { initializeMessage, type OpenFace, openFace, rpc } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

const bearer = {
  kind: "bearer",
  tokens: [
    { token: "first-token", name: "anna" },
    { token: "second-token", name: "ben" },
  ],
} as const;

describe("who may come in", () => {
  test("nobody without a token, and anybody with one of them", async () => {
    const { ask, agents } = await face({ auth: bearer });
    const none = await ask({ body: initializeMessage() });
    expect(none.status).toBe(401);
    expect(none.headers["www-authenticate"]).toBe('Bearer realm="fairlead"');
    expect(JSON.parse(none.body)).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32000 } });
    const wrong = await ask({ body: initializeMessage(), headers: { authorization: "Bearer first-tokem" } });
    expect(wrong.status).toBe(401);
    expect(wrong.headers["www-authenticate"]).toContain('error="invalid_token"');
    const right = await ask({ body: initializeMessage(), headers: { authorization: "bearer second-token" } });
    expect(right.status).toBe(200);
    expect(agents.map(({ options }) => options.principal)).toEqual(["ben"]);
  });

  test("a session belongs to who opened it, and to the endpoint it was opened on", async () => {
    const { ask, url } = await face({ auth: bearer });
    const authorization = "Bearer first-token";
    const answer = await ask({ body: initializeMessage(), headers: { authorization } });
    const session = String(answer.headers["mcp-session-id"]);
    expect(session.length).toBeGreaterThanOrEqual(32);
    const call = rpc(1, "echo", {});
    const headers = { authorization, "mcp-session-id": session };
    expect((await ask({ body: call, headers })).status).toBe(200);
    const other = await ask({ body: call, headers: { ...headers, authorization: "Bearer second-token" } });
    expect(other.status).toBe(404);
    expect(JSON.parse(other.body)).toMatchObject({ id: 1, error: { code: -32001 } });
    expect((await askAt(`${url}/files`, { body: call, headers })).status).toBe(404);
  });

  test.each([
    ["pages of this machine may, pages of other origins may not", undefined, [200, 200, 403, 403]],
    ["pages of the listed origins may, and no others", ["https://app.example"], [403, 403, 200, 403]],
    ["no page at all where the list is empty", [], [403, 403, 403, 403]],
  ])("%s", async (_what, allowedOrigins, statuses) => {
    const { ask } = await face({ allowedOrigins });
    const statusOf = async (origin: string): Promise<number> =>
      (await ask({ body: initializeMessage(), headers: { origin } })).status;
    const origins = ["http://localhost:3000", "http://[::1]:80", "https://app.example", "null"];
    expect(await Promise.all(origins.map(statusOf))).toEqual(statuses);
    expect(await statusOf("https://app.example.evil.test")).toBe(403);
    expect(await statusOf("http://localhost.evil.test")).toBe(403);
  });

  test("a name that was made to lead here may not (DNS rebinding)", async () => {
    const { ask, agents } = await face({ allowedHosts: ["gateway.example"] });
    const statusOf = async (host: string): Promise<number> =>
      (await ask({ body: initializeMessage(), headers: { host } })).status;
    expect(await statusOf("evil.example.com")).toBe(403);
    expect(await statusOf("127.0.0.1.evil.test:80")).toBe(403);
    expect(agents).toEqual([]);
    expect(await statusOf("localhost:1")).toBe(200);
    expect(await statusOf("[::1]")).toBe(200);
    expect(await statusOf("gateway.example:8443")).toBe(200);
  });

  test("a browser is told what an allowed page may send, and a foreign one nothing", async () => {
    const { ask } = await face({ auth: bearer });
    const preflight = {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "Content-Type, Mcp-Param-Region, X-Odd",
      },
    };
    const allowed = await ask(preflight);
    expect(allowed.status).toBe(204);
    expect(allowed.headers["access-control-allow-origin"]).toBe("http://localhost:3000");
    expect(allowed.headers["access-control-allow-headers"]).toBe("content-type, mcp-param-region");
    const foreign = await ask({
      ...preflight,
      headers: { ...preflight.headers, origin: "http://evil.test" },
    });
    expect(foreign.status).toBe(403);
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("what is there", () => {
  test("health is open to everybody, everything else that is no endpoint is not found", async () => {
    const { url } = await face({ auth: bearer });
    const base = url.replace(/\/mcp$/, "");
    const headers = { authorization: "Bearer first-token" };
    const health = await askAt(`${base}/health`, { method: "GET" });
    expect([health.status, health.body]).toEqual([200, '{"status":"ok"}']);
    expect((await askAt(`${base}/`, { method: "GET" })).status).toBe(404);
    expect((await askAt(`${url}/nobody`, { body: initializeMessage(), headers })).status).toBe(404);
    // Whoever may not come in does not learn which servers there are.
    expect((await askAt(`${url}/nobody`, { body: initializeMessage() })).status).toBe(401);
    expect((await askAt(`${url}/files`, { body: initializeMessage(), headers })).status).toBe(200);
  });

  test("a session at a server's own endpoint is opened for that server", async () => {
    const { url, agents } = await face();
    await askAt(`${url}/files`, { body: initializeMessage() });
    expect(agents.map(({ options }) => options.server)).toEqual(["files"]);
  });
});

describe("where it listens", () => {
  const options = {
    openSession: () => {
      throw new Error("nobody comes");
    },
    serverNames: () => [],
    port: 0,
  };

  test("not where others could reach it without a token or without TLS", async () => {
    const open = listenHttp({ ...options, host: "0.0.0.0", auth: { kind: "none" } });
    await expect(open).rejects.toMatchObject({ code: "usage", reason: "insecure_transport" });
    const plain = listenHttp({ ...options, host: "::", auth: bearer });
    await expect(plain).rejects.toMatchObject({ code: "usage", reason: "insecure_transport" });
    const dangerous = listenHttp({
      ...options,
      host: "0.0.0.0",
      auth: { kind: "none" },
      dangerouslyAllowPublicPlaintext: true,
    });
    await expect(dangerous).rejects.toMatchObject({ code: "usage" });
  });

  test("on all addresses once that is allowed", async () => {
    await using listening = await listenHttp({
      ...options,
      host: "0.0.0.0",
      auth: bearer,
      dangerouslyAllowPublicPlaintext: true,
    });
    expect(listening.port).toBeGreaterThan(0);
  });

  test("tells what to do where the port is taken", async () => {
    const { face: first } = await face();
    const second = listenHttp({ ...options, auth: { kind: "none" }, port: first.port });
    await expect(second).rejects.toMatchObject({ code: "already_exists", reason: "address_in_use" });
  });

  test("refuses tokens that no header can carry, and TLS files that are none", async () => {
    const blank = { kind: "bearer", tokens: [{ token: "a b", name: "anna" }] } as const;
    await expect(listenHttp({ ...options, auth: blank })).rejects.toMatchObject({ code: "usage" });
    await expect(listenHttp({ ...options, auth: { kind: "bearer", tokens: [] } })).rejects.toMatchObject({
      code: "usage",
    });
    const tls = { cert: "none", key: "none" };
    await expect(listenHttp({ ...options, auth: bearer, tls })).rejects.toMatchObject({ code: "usage" });
  });
});
