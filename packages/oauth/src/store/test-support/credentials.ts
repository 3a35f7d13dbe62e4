import fc from "fast-check";
import type { OAuthCredential } from "../../credential.js";

/** Stands for every secret of a test, so that it is noticed wherever it turns up. */
export const canary = "canary-5f1d-secret";

/** A credential of a server of this name. */
export function credentialOf(name: string, more: Partial<OAuthCredential> = {}): OAuthCredential {
  return {
    executor: "",
    serverUrl: `https://${name}.example/mcp`,
    issuer: "https://login.example",
    serverName: name,
    tokenEndpoint: "https://login.example/token",
    clientId: "client",
    clientAuthentication: "none",
    accessToken: `${canary}-access-${name}`,
    tokenType: "Bearer",
    refreshToken: `${canary}-refresh-${name}`,
    savedAtMs: 1_000,
    ...more,
  };
}

const text = fc.string({ unit: "binary" });
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** Any credential there can be. */
export const anyCredential: fc.Arbitrary<OAuthCredential> = fc.record({
  executor: text,
  serverUrl: text,
  issuer: text,
  serverName: text,
  resource: maybe(text),
  tokenEndpoint: text,
  revocationEndpoint: maybe(text),
  clientId: text,
  clientSecret: maybe(text),
  clientAuthentication: fc.constantFrom(
    "none",
    "client_secret_post",
    "client_secret_basic",
    "private_key_jwt",
  ),
  accessToken: text,
  tokenType: text,
  refreshToken: maybe(text),
  scopes: maybe(fc.array(text)),
  expiresAtMs: maybe(time),
  refusedRefreshHash: maybe(text),
  loginId: maybe(text),
  savedAtMs: time,
});
