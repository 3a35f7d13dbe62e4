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

describe("that nobody can be judged", () => {
  const clock = { ms: 1_000_000 };
  const guardWith = (answer: () => Promise<Response>, told: string[]): GatewayGuard =>
    createGatewayGuard({
      oauth,
      env: { ASK: secret },
      fetch: answer,
      warn: (text) => told.push(text),
      now: () => clock.ms,
    });

  test("is told once in a minute, however often it comes and goes", async () => {
    const told: string[] = [];
    let isUp = false;
    const guard = guardWith(
      () => (isUp ? Promise.resolve(Response.json(good)) : Promise.reject(new Error("away"))),
      told,
    );
    for (let index = 0; index < 20; index += 1) {
      isUp = index % 2 === 1;
      await guard.check(`token-${index}`, undefined);
      await guard.check(undefined, undefined);
      clock.ms += 2_000;
    }
    const text = "nobody can log in by tokens of https://login.example now: ";
    expect(told).toEqual([expect.stringMatching(`^${text}[^(]*$`)]);
    clock.ms += 60_000;
    isUp = false;
    await guard.check("another", undefined);
    expect(told).toHaveLength(2);
    expect(told[1]).toContain("(and 9 times more since the last such line)");
  });

  test("because the gateway itself is refused is another kind, which no login of an agent can mend", async () => {
    const told: string[] = [];
    let isUp = false;
    const refusing = async (): Promise<Response> =>
      Response.json({ error: "invalid_client" }, { status: 401 });
    const guard = guardWith(() => (isUp ? refusing() : Promise.reject(new Error("away"))), told);
    await guard.check("one", undefined);
    isUp = true;
    const verdict = await guard.check("two", undefined);
    await guard.check("three", undefined);
    expect(verdict).toMatchObject({
      kind: "refused",
      status: 503,
      text: expect.stringContaining("another login does not help"),
    });
    expect(told).toHaveLength(2);
    expect(told[1]).toContain("gateway.oauth.introspection is wrong. The introspection endpoint");
    expect(told[1]).toContain("invalid_client");
    expect(JSON.stringify([told, verdict])).not.toContain(secret);
  });
});

test("whoever comes in may stay until the token is over for certain", async () => {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  expect(await guardOf({ ...good, exp }).check("t", undefined)).toMatchObject({
    kind: "known",
    untilMs: exp * 1_000 + 30_000,
  });
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
