import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  type AuthorizationServer,
  nativeClient,
  startAuthorizationServer,
} from "./support/authorization-server.js";
import { approveDevice, authorizeInBrowser } from "./support/browser.js";
import { type ProtectedServer, startProtectedServer } from "./support/protected-server.js";

const stack = createDisposeStack();
let authorization: AuthorizationServer;
let server: ProtectedServer;

beforeAll(async () => {
  authorization = stack.use(await startAuthorizationServer({ isStrictAboutScopes: true }));
  server = stack.use(await startProtectedServer({ issuer: authorization.issuer, scope: "mcp" }));
});

afterAll(() => stack[Symbol.asyncDispose]());

type Json = Readonly<Record<string, unknown>>;

async function getJson(url: string): Promise<Json> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

async function postForm(url: string, form: Readonly<Record<string, string>>): Promise<[number, Json]> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
  return [response.status, (await response.json()) as Json];
}

function refresh(refreshToken: string): Promise<[number, Json]> {
  return postForm(authorization.tokenEndpoint, {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: nativeClient.client_id,
    resource: server.url,
  });
}

function call(token: string | undefined, tool: string, more: Json = {}): Promise<Response> {
  return fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: tool, arguments: more },
    }),
  });
}

describe("the authorization server of the tests", () => {
  test("is found by both kinds of discovery", async () => {
    for (const name of ["oauth-authorization-server", "openid-configuration"]) {
      const metadata = await getJson(`${authorization.issuer}/.well-known/${name}`);
      expect(metadata).toMatchObject({
        issuer: authorization.issuer,
        token_endpoint: authorization.tokenEndpoint,
        revocation_endpoint: authorization.revocationEndpoint,
        code_challenge_methods_supported: ["S256"],
        scopes_supported: ["openid", "offline_access", "mcp", "admin"],
      });
    }
  });

  test("registers a native client, which logs in with a browser and calls the protected server", async () => {
    const callback = createServer((_request, response) => response.end("you may close this"));
    callback.listen(0, "127.0.0.1");
    await once(callback, "listening");
    const redirectUri = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/callback`;
    const registered = await fetch(`${authorization.issuer}/reg`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        application_type: "native",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "client_secret_post",
      }),
    });
    expect(registered.status).toBe(201);
    const client = (await registered.json()) as Record<string, string>;
    expect(client["client_secret"]).toContain(authorization.canary);

    const verifier = "v".repeat(43);
    const url = new URL(`${authorization.issuer}/auth`);
    url.search = new URLSearchParams({
      client_id: String(client["client_id"]),
      response_type: "code",
      redirect_uri: redirectUri,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      state: "the state",
      resource: server.url,
      scope: "mcp",
    }).toString();
    const end = await authorizeInBrowser(url);
    expect(end).toMatchObject({ status: 200, body: "you may close this" });
    const { searchParams } = new URL(end.url);
    expect(searchParams.get("state")).toBe("the state");
    expect(searchParams.get("iss")).toBe(authorization.issuer);

    const [status, tokens] = await postForm(authorization.tokenEndpoint, {
      grant_type: "authorization_code",
      client_id: String(client["client_id"]),
      client_secret: String(client["client_secret"]),
      code: String(searchParams.get("code")),
      code_verifier: verifier,
      redirect_uri: redirectUri,
      resource: server.url,
    });
    expect([status, tokens]).toMatchObject([200, { token_type: "Bearer", expires_in: 3_600, scope: "mcp" }]);
    expect(tokens["access_token"]).toContain(authorization.canary);
    expect(tokens["refresh_token"]).toContain(authorization.canary);
    const answer = await call(String(tokens["access_token"]), "echo", { text: "hello" });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("hello");

    callback.close();
    callback.closeAllConnections();
    await once(callback, "close");
  });

  test("refuses at the person's word, and scopes that it does not know", async () => {
    const url = new URL(`${authorization.issuer}/auth`);
    url.search = new URLSearchParams({
      client_id: nativeClient.client_id,
      response_type: "code",
      redirect_uri: "http://127.0.0.1:9/callback",
      code_challenge: "c".repeat(43),
      code_challenge_method: "S256",
      resource: server.url,
      scope: "mcp",
    }).toString();
    const denied = await authorizeInBrowser(url, { decision: "deny", visitsCallback: false });
    expect(new URL(denied.url).searchParams.get("error")).toBe("access_denied");
    url.searchParams.set("scope", "mcp nonsense");
    const refused = await authorizeInBrowser(url, { visitsCallback: false });
    expect(new URL(refused.url).searchParams.get("error")).toBe("invalid_scope");
  });

  test("lets a device in after somebody typed its code", async () => {
    const [, registered] = await registerDevice();
    const clientId = String(registered["client_id"]);
    const [status, device] = await postForm(`${authorization.issuer}/device/auth`, {
      client_id: clientId,
      scope: "mcp",
      resource: server.url,
    });
    expect(status).toBe(200);
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: String(device["device_code"]),
      client_id: clientId,
    };
    expect(await postForm(authorization.tokenEndpoint, form)).toMatchObject([
      400,
      { error: "authorization_pending" },
    ]);
    const end = await approveDevice(String(device["verification_uri_complete"]));
    expect(end.body).toContain("Success");
    expect(await postForm(authorization.tokenEndpoint, form)).toMatchObject([200, { scope: "mcp" }]);
  });

  test("rotates refresh tokens, and ends the grant when an old one comes again", async () => {
    const issued = await authorization.issue({ clientId: nativeClient.client_id, resource: server.url });
    const before = await authorization.counters();
    const [status, renewed] = await refresh(issued.refreshToken);
    expect([status, renewed]).toMatchObject([200, { expires_in: 3_600 }]);
    expect(renewed["refresh_token"]).not.toBe(issued.refreshToken);
    expect((await call(String(renewed["access_token"]), "echo")).status).toBe(200);
    expect(await refresh(issued.refreshToken)).toMatchObject([400, { error: "invalid_grant" }]);
    expect(await refresh(String(renewed["refresh_token"]))).toMatchObject([400, { error: "invalid_grant" }]);
    const after = await authorization.counters();
    expect(after.reuses - before.reuses).toBe(1);
    expect(after.tokenCalls["refresh_token"]).toBe((before.tokenCalls["refresh_token"] ?? 0) + 3);
    expect(after.tokenSuccesses["refresh_token"]).toBe((before.tokenSuccesses["refresh_token"] ?? 0) + 1);
  });

  test("fails as it is told", async () => {
    const issued = await authorization.issue({ clientId: nativeClient.client_id, resource: server.url });
    await authorization.fault({ kind: "status", status: 503, body: "down" });
    const response = await fetch(authorization.tokenEndpoint, { method: "POST" });
    expect([response.status, await response.text()]).toEqual([503, "down"]);
    await authorization.fault({ kind: "drop" });
    await expect(refresh(issued.refreshToken)).rejects.toThrow("fetch failed");
    await authorization.fault({ kind: "patch", members: { expires_in: null, refresh_token: null } });
    const [, patched] = await refresh(issued.refreshToken);
    expect(Object.keys(patched).toSorted()).toEqual(["access_token", "scope", "token_type"]);
  });
});

describe("the protected server of the tests", () => {
  test("tells who its authorization server is, and asks for a token", async () => {
    const answer = await call(undefined, "echo");
    expect(answer.status).toBe(401);
    const challenge = String(answer.headers.get("www-authenticate"));
    expect(challenge).toMatch(/^Bearer resource_metadata="([^"]+)", scope="mcp"$/);
    const metadata = await getJson(String(/resource_metadata="([^"]+)"/.exec(challenge)?.[1]));
    expect(metadata).toMatchObject({
      resource: server.url,
      authorization_servers: [authorization.issuer],
      scopes_supported: ["mcp"],
    });
  });

  test("wants another scope for another tool", async () => {
    const { accessToken } = await authorization.issue({
      clientId: nativeClient.client_id,
      resource: server.url,
    });
    const answer = await call(accessToken, "admin");
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(answer.headers.get("www-authenticate")).toContain('scope="admin"');
    const both = await authorization.issue({
      clientId: nativeClient.client_id,
      resource: server.url,
      scopes: ["mcp", "admin"],
    });
    expect((await call(both.accessToken, "admin")).status).toBe(200);
  });

  test("accepts only tokens that were made for it, and no ended ones", async () => {
    const clientId = nativeClient.client_id;
    const elsewhere = await authorization.issue({ clientId, resource: "http://127.0.0.1:9/other" });
    expect((await call(elsewhere.accessToken, "echo")).status).toBe(401);
    const { accessToken } = await authorization.issue({ clientId, resource: server.url });
    expect((await call(accessToken, "echo")).status).toBe(200);
    await server.refuseNext(1);
    expect((await call(accessToken, "echo")).status).toBe(401);
    expect((await call(accessToken, "echo")).status).toBe(200);
    await authorization.revokeEverything();
    expect((await call(accessToken, "echo")).status).toBe(401);
  });

  test("understands JSON Web Tokens", async () => {
    await using jwtIssuer = await startAuthorizationServer({ accessTokenFormat: "jwt" });
    await using protectedByJwt = await startProtectedServer({ issuer: jwtIssuer.issuer });
    const { accessToken } = await jwtIssuer.issue({
      clientId: nativeClient.client_id,
      resource: protectedByJwt.url,
    });
    const answer = await fetch(protectedByJwt.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${accessToken}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("native-client");
  });
});

async function registerDevice(): Promise<[number, Json]> {
  const response = await fetch(`${authorization.issuer}/reg`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      application_type: "native",
      redirect_uris: [],
      response_types: [],
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
      token_endpoint_auth_method: "none",
    }),
  });
  return [response.status, (await response.json()) as Json];
}
