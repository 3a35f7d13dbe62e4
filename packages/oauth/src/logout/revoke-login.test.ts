import { generateKeyPairSync } from "node:crypto";
import { FairleadError, type Fetch, type FetchInit } from "@fairlead/core";
import { expect, test } from "vitest";
import type { OAuthCredential } from "../credential.js";
import type { SigningKeyOptions } from "../machine-login/signing-key.js";
import { revokeLogin } from "./revoke-login.js";

const login: OAuthCredential = {
  executor: "",
  serverUrl: "https://mcp.example/mcp",
  issuer: "https://login.example",
  serverName: "web",
  tokenEndpoint: "https://login.example/token",
  revocationEndpoint: "https://login.example/revoke",
  clientId: "the client",
  clientAuthentication: "none",
  accessToken: "access",
  refreshToken: "refresh",
  tokenType: "Bearer",
  savedAtMs: 1,
};
const { signal } = new AbortController();

async function revoked(
  credential: OAuthCredential,
  clientSecret?: string,
  signingKey?: SigningKeyOptions,
): Promise<Record<string, unknown>> {
  let seen: readonly [string, FetchInit] | undefined;
  const fetch: Fetch = async (url, init = {}) => {
    seen = [String(url), init];
    return new Response("");
  };
  expect(await revokeLogin(credential, { fetch, clientSecret, signingKey, signal })).toBeUndefined();
  if (seen === undefined) return {};
  const [url, { headers, body }] = seen;
  return {
    url,
    authorization: new Headers(headers).get("authorization"),
    form: Object.fromEntries(new URLSearchParams(typeof body === "string" ? body : "")),
  };
}

test("the refresh token is revoked, else the access token", async () => {
  expect(await revoked(login)).toEqual({
    url: "https://login.example/revoke",
    authorization: null,
    form: { token: "refresh", token_type_hint: "refresh_token", client_id: "the client" },
  });
  const { refreshToken: _, ...without } = login;
  expect(await revoked(without)).toMatchObject({
    form: { token: "access", token_type_hint: "access_token" },
  });
});

test("a client with a secret proves itself as it does for tokens", async () => {
  const basic = await revoked({ ...login, clientAuthentication: "client_secret_basic" }, "s:1");
  expect(basic["authorization"]).toBe(`Basic ${btoa("the+client:s%3A1")}`);
  expect(basic["form"]).not.toHaveProperty("client_id");
  const post = await revoked({ ...login, clientAuthentication: "client_secret_post", clientSecret: "kept" });
  expect(post["form"]).toMatchObject({ client_id: "the client", client_secret: "kept" });
});

test("a machine with a key proves itself with an assertion", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { form } = await revoked({ ...login, clientAuthentication: "private_key_jwt" }, undefined, {
    privateKeyPem,
  });
  expect(form).toMatchObject({ client_id: "the client", client_assertion: expect.stringMatching(/^ey/) });
});

test("a server without revocation is asked nothing", async () => {
  const { revocationEndpoint: _, ...without } = login;
  expect(await revoked(without)).toEqual({});
});

test("what is in the way is told, without a secret", async () => {
  const refusing: Fetch = async () => new Response("refresh", { status: 503 });
  expect(await revokeLogin(login, { fetch: refusing, signal })).toBe(
    "its authorization server answered with HTTP 503",
  );
  const away: Fetch = () => Promise.reject(new FairleadError("unavailable", "the network is away"));
  expect(await revokeLogin(login, { fetch: away, signal })).toContain("the network is away");
  const given = AbortSignal.abort(new Error("given up"));
  await expect(revokeLogin(login, { fetch: away, signal: given })).rejects.toThrow("given up");
});
