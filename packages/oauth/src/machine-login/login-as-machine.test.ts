import { constants, createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { expect, test } from "vitest";
import { type ProviderChanges, startProvider } from "../login/test-support/hand-made-provider.js";
import { plainFetch } from "../login/test-support/plain-fetch.js";
import { loginAsMachine, type MachineClient, type MachineLoginOptions } from "./login-as-machine.js";

async function logIn(
  client: MachineClient,
  changes: ProviderChanges = {},
  more: Partial<MachineLoginOptions> = {},
) {
  await using provider = await startProvider(changes);
  const options = { serverName: "docs", serverUrl: provider.serverUrl, fetch: plainFetch, client, ...more };
  const result = await loginAsMachine(options).then(
    (credential) => ({ credential, error: undefined }),
    (error: unknown) => ({ credential: undefined, error: error as Error }),
  );
  const requests = provider.seen.filter(({ path }) => path === "/token");
  return { ...result, origin: provider.origin, requests, forms: provider.tokenForms() };
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

test("a machine proves itself with a secret, and asks for the scopes and the resource that a person would", async () => {
  const { credential, requests, forms, origin } = await logIn(
    { id: "machine-1", secret: "s3 cret" },
    { resource: () => ({ scopes_supported: ["a"] }) },
  );
  expect(requests[0]?.headers.authorization).toBe(`Basic ${btoa("machine-1:s3+cret")}`);
  expect(Object.fromEntries(forms[0] ?? [])).toEqual({
    grant_type: "client_credentials",
    scope: "a",
    resource: `${origin}/mcp`,
  });
  expect(credential).toMatchObject({
    clientId: "machine-1",
    clientAuthentication: "client_secret_basic",
    accessToken: "access-1",
    issuer: origin,
  });
  expect(credential?.refreshToken).toBeUndefined();
  expect(JSON.stringify(credential)).not.toContain("s3");
});

test("the secret goes into the form where it should", async () => {
  const secret = { id: "m", secret: "s" };
  const wanted = await logIn({ ...secret, authentication: "client_secret_post" });
  expect(Object.fromEntries(wanted.forms[0] ?? [])).toMatchObject({ client_id: "m", client_secret: "s" });
  const methods = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
  const told = await logIn(secret, { metadata: () => methods });
  expect(told.credential?.clientAuthentication).toBe("client_secret_post");
});

test.each([
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }), undefined],
  ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" }), undefined],
  ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }), undefined],
  ["PS256", generateKeyPairSync("rsa", { modulusLength: 2048 }), "PS256"],
  ["EdDSA", generateKeyPairSync("ed25519"), undefined],
])("a machine proves itself with an assertion that %s signs", async (expected, { privateKey }, algorithm) => {
  const signingKey = { privateKeyPem: pemOf(privateKey), keyId: "k1", algorithm };
  const { credential, forms, origin } = await logIn({ id: "m", signingKey });
  expect(credential).toMatchObject({ clientAuthentication: "private_key_jwt", accessToken: "access-1" });
  const form = forms[0];
  expect(form?.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const [head = "", payload = "", signature = ""] = (form?.get("client_assertion") ?? "").split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(read(head)).toEqual({ alg: expected, kid: "k1" });
  expect(read(payload)).toMatchObject({ iss: "m", sub: "m", aud: origin, jti: expect.any(String) });
  const hash = expected === "EdDSA" ? null : `sha${expected.slice(2)}`;
  const padding = expected === "PS256" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const key = { key: createPublicKey(privateKey), dsaEncoding: "ieee-p1363" as const, ...padding };
  expect(verify(hash, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
});

test.each([
  ["is no key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", undefined],
  ["is for another algorithm", pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey), "RS256"],
])("a key that %s is refused without telling anything of it", async (_, privateKeyPem, algorithm) => {
  const { error, requests } = await logIn({ id: "m", signingKey: { privateKeyPem, algorithm } });
  expect(error).toMatchObject({ code: "usage", reason: "config_invalid" });
  expect(error?.message).not.toContain("c2VjcmV0");
  expect(requests).toEqual([]);
});

test("scopes that only the server told of are dropped once when they are refused", async () => {
  const refuse: ProviderChanges = {
    resource: () => ({ scopes_supported: ["odd"] }),
    routes: () => ({
      "/token": ({ body }) =>
        body.includes("odd")
          ? { status: 400, body: { error: "invalid_scope" } }
          : { body: { access_token: "x" } },
    }),
  };
  const client = { id: "m", secret: "s" };
  const dropped = await logIn(client, refuse);
  expect(dropped.credential).toMatchObject({ accessToken: "x" });
  expect(dropped.forms).toHaveLength(2);
  const kept = await logIn(client, refuse, { scopes: ["odd"] });
  expect(kept.error).toMatchObject({ reason: "oauth_token_refused" });
  expect(kept.forms).toHaveLength(1);
});

test("a machine's secret goes to no other authorization server than its own", async () => {
  const { error, requests } = await logIn({ id: "m", secret: "s", issuer: "https://as.example" });
  expect(error).toMatchObject({ code: "usage", reason: "config_invalid" });
  expect(requests).toEqual([]);
});

test("a refusal repeats no secret", async () => {
  const answer = { status: 401, body: { error: "invalid_client", error_description: "s3cret is wrong" } };
  const { error } = await logIn({ id: "m", secret: "s3cret" }, { routes: () => ({ "/token": answer }) });
  expect(error).toMatchObject({ code: "unauthenticated", details: { providerError: "invalid_client" } });
  expect(error?.message).not.toContain("s3cret");
});
