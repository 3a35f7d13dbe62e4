import { describe, expect, test } from "vitest";
import { bearerChallenge } from "../challenge/bearer-challenge.js";
import { protectedResourceMetadata } from "./protected-resource.js";
import { bearerOf, refusalOfBearer } from "./refusal-of-bearer.js";

describe("what a protected resource tells of itself", () => {
  test("is found at its path", () => {
    const metadata = protectedResourceMetadata({
      resource: "https://gateway.test/mcp",
      issuers: ["https://issuer.test"],
      scopes: ["read"],
      name: "Gateway",
    });
    expect(metadata).toEqual({
      url: "https://gateway.test/.well-known/oauth-protected-resource/mcp",
      path: "/.well-known/oauth-protected-resource/mcp",
      document: {
        resource: "https://gateway.test/mcp",
        authorization_servers: ["https://issuer.test"],
        bearer_methods_supported: ["header"],
        scopes_supported: ["read"],
        resource_name: "Gateway",
      },
    });
  });

  test("is found at the root of a resource without a path", () => {
    const { path } = protectedResourceMetadata({
      resource: "https://gateway.test",
      issuers: ["https://i.test"],
    });
    expect(path).toBe("/.well-known/oauth-protected-resource");
  });
});

describe("a refusal", () => {
  const metadataUrl = "https://gateway.test/.well-known/oauth-protected-resource/mcp";

  test("of a request without a token names no error", () => {
    expect(refusalOfBearer(undefined, { metadataUrl, scopes: ["read"] })).toEqual({
      status: 401,
      headers: { "www-authenticate": `Bearer scope="read", resource_metadata="${metadataUrl}"` },
    });
  });

  test("says what is wrong, and what is needed", () => {
    expect(refusalOfBearer({ kind: "invalid", why: "it has expired" }, { metadataUrl })).toEqual({
      status: 401,
      headers: { "www-authenticate": `Bearer error="invalid_token", resource_metadata="${metadataUrl}"` },
    });
    const refusal = refusalOfBearer({ kind: "insufficient", scopes: ["read", "admin"] }, { metadataUrl });
    expect(refusal.status).toBe(403);
    expect(bearerChallenge(new Headers(refusal.headers))).toEqual({
      error: "insufficient_scope",
      scopes: ["read", "admin"],
      resourceMetadata: metadataUrl,
    });
  });

  test("because the issuer is away blames nobody", () => {
    expect(refusalOfBearer({ kind: "unavailable", why: "down" }, { metadataUrl })).toEqual({
      status: 503,
      headers: { "retry-after": "5" },
    });
    expect(refusalOfBearer({ kind: "misconfigured", why: "refused" }, { metadataUrl }).status).toBe(503);
  });

  test("cannot be broken out of", () => {
    const { headers } = refusalOfBearer(undefined, { metadataUrl, scopes: ['a" , error="x', "b\r\nc"] });
    expect(bearerChallenge(new Headers(headers))).toEqual({
      scopes: ['a"', ",", 'error="x', "bc"],
      resourceMetadata: metadataUrl,
    });
  });
});

test.each([
  ["Bearer abc", "abc"],
  ["bearer  a.b-c_d~e+f/g== ", "a.b-c_d~e+f/g=="],
  ["Basic abc", undefined],
  ["Bearer", undefined],
  ["Bearer a b", undefined],
  ["Bearer a,b", undefined],
  [undefined, undefined],
  [null, undefined],
])("the token in %j is %j", (header, token) => {
  expect(bearerOf(header)).toBe(token);
});
