import type { GatewayOauthConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createGatewayGuard, type GatewayGuard } from "./gateway-guard.js";

const secret = "secret-of-the-gateway";
const oauth = {
  issuer: "https://login.example",
  resource: "https://tools.example/mcp",
  audiences: [],
  scopes: ["mcp"],
  introspection: { url: "https://login.example/ask", clientId: "tools", clientSecretVar: "ASK" },
} satisfies GatewayOauthConfig;

/** A guard whose authorization server says the same of every token; undefined: it cannot be asked. */
function guardOf(claims: object | undefined, more: Partial<GatewayOauthConfig> = {}): GatewayGuard {
  const fetch: Fetch = () =>
    claims === undefined ? Promise.reject(new Error("away")) : Promise.resolve(Response.json(claims));
  return createGatewayGuard({ oauth: { ...oauth, ...more }, env: { ASK: secret }, fetch, warn: () => {} });
}

const good = { active: true, aud: oauth.resource, sub: "anna", scope: "mcp" };

describe("who comes in", () => {
  test("is the subject of a token, else its client, and never one of our own", async () => {
    const principalOf = (claims: object) => guardOf({ ...good, ...claims }).check("t", undefined);
    expect(await principalOf({})).toEqual({ kind: "known", principal: "oauth:anna" });
    expect(await principalOf({ sub: "gateway" })).toEqual({ kind: "known", principal: "oauth:gateway" });
    expect(await principalOf({ sub: undefined, client_id: "robot" })).toEqual({
      kind: "known",
      principal: "oauth-client:robot",
    });
    expect(await principalOf({ sub: undefined })).toMatchObject({ kind: "refused", status: 401 });
  });

  test.each<[string, string, string | undefined, boolean]>([
    ["for everything", oauth.resource, undefined, true],
    ["for everything", oauth.resource, "files", true],
    ["for one server", `${oauth.resource}/files`, "files", true],
    ["for one server", `${oauth.resource}/files`, "web", false],
    ["for one server", `${oauth.resource}/files`, undefined, false],
    ["for somebody else", "https://else.example/mcp", undefined, false],
    ["for another name of ours", "api://tools", "web", true],
  ])("with a token %s (%s) at %s: %s", async (_what, aud, server, isIn) => {
    const { kind } = await guardOf({ ...good, aud }, { audiences: ["api://tools"] }).check("t", server);
    expect(kind).toBe(isIn ? "known" : "refused");
  });
});

describe("who is refused", () => {
  const at = 'resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp';

  test.each<[string, string | undefined, object | undefined, number, string | undefined]>([
    ["without a token", undefined, good, 401, `Bearer scope="mcp", ${at}/files"`],
    [
      "with a bad one",
      "t",
      { active: false },
      401,
      `Bearer error="invalid_token", scope="mcp", ${at}/files"`,
    ],
    [
      "with one for too little",
      "t",
      { ...good, scope: "" },
      403,
      `Bearer error="insufficient_scope", scope="mcp", ${at}/files"`,
    ],
    ["where nobody can tell", "t", undefined, 503, undefined],
  ])("%s is told what to do", async (...[, token, claims, status, challenge]) => {
    const verdict = await guardOf(claims).check(token, "files");
    expect(verdict).toMatchObject({ kind: "refused", status });
    expect(verdict.kind === "refused" ? verdict.headers["www-authenticate"] : "let in").toBe(challenge);
    expect(JSON.stringify(verdict)).not.toContain(secret);
  });
});

test("that nobody can tell is told once, until somebody can", async () => {
  const told: string[] = [];
  let isUp = false;
  const fetch: Fetch = () =>
    isUp ? Promise.resolve(Response.json(good)) : Promise.resolve(new Response("{}", { status: 401 }));
  const guard = createGatewayGuard({ oauth, env: { ASK: secret }, fetch, warn: (text) => told.push(text) });
  for (isUp of [false, false, true, false]) {
    await guard.check(`token-${told.length}-${isUp}`, undefined);
    await guard.check(undefined, undefined);
  }
  const text =
    "nobody can log in by tokens of https://login.example now: The introspection endpoint answered with HTTP status 401: check the client id and secret";
  expect(told).toEqual([text, text]);
});

describe("the metadata", () => {
  const base = "/.well-known/oauth-protected-resource";
  const resourceAt = async (path: string, more: Partial<GatewayOauthConfig> = {}) =>
    (await guardOf(good, more).describe(`${base}${path}`))?.["resource"];

  test("are at the root and at the path of each endpoint", async () => {
    expect(await guardOf(good).describe(base)).toEqual({
      resource: oauth.resource,
      authorization_servers: [oauth.issuer],
      bearer_methods_supported: ["header"],
      scopes_supported: ["mcp"],
      resource_name: "Fairlead",
    });
    expect(await resourceAt("/mcp")).toBe(oauth.resource);
    expect(await resourceAt("/mcp/")).toBe(oauth.resource);
    expect(await resourceAt("/mcp/files")).toBe(`${oauth.resource}/files`);
    for (const path of ["s", "/else", "/mcp/a/b", "/mcpx", "/mcp/%2e"]) {
      expect(await resourceAt(path), path).toBeUndefined();
    }
  });

  test("are also where an address before a proxy has them", async () => {
    const resource = "https://tools.example/team/tools/";
    expect(await resourceAt("/team/tools", { resource })).toBe(resource);
    expect(await resourceAt("/team/tools/files", { resource })).toBe(
      "https://tools.example/team/tools/files",
    );
    expect(await resourceAt("/mcp/files", { resource })).toBe("https://tools.example/team/tools/files");
  });

  test("name the address of listening where no other is configured", async () => {
    const { resource: _, ...rest } = oauth;
    const fetch: Fetch = () => Promise.reject(new Error("nobody asks"));
    const guard = createGatewayGuard({ oauth: rest, env: { ASK: secret }, fetch, warn: () => {} });
    guard.listensAt("http://127.0.0.1:7150/mcp");
    expect(await guard.describe(`${base}/mcp/a`)).toMatchObject({ resource: "http://127.0.0.1:7150/mcp/a" });
  });
});

test("a secret that is not there is told by the name of its variable", () => {
  const fetch: Fetch = () => Promise.reject(new Error("nobody asks"));
  expect(() => createGatewayGuard({ oauth, env: {}, fetch, warn: () => {} })).toThrow(
    "The environment variable ASK of gateway.oauth.introspection.client_secret_env is not set or empty",
  );
});
