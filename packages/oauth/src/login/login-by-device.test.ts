import { expect, test } from "vitest";
import { login } from "./login.js";
import type { LoginOptions } from "./login-options.js";
import { type DeviceGrant, pollForTokens } from "./poll-for-tokens.js";
import { type ProviderChanges, startProvider } from "./test-support/hand-made-provider.js";
import { type Answer, startLoopbackServer } from "./test-support/loopback-server.js";
import { plainFetch } from "./test-support/plain-fetch.js";
import { createPerson } from "./test-support/scripted-person.js";

const offered = (at: string) => ({ device_authorization_endpoint: `${at}/device` });

function code(at: string, more: object = {}): Answer {
  const body = {
    device_code: "dev-1",
    user_code: "AB\u001b[2JCD",
    verification_uri: `${at}/enter`,
    expires_in: 60,
  };
  return { body: { ...body, interval: 1, ...more } };
}

async function logIn(changes: ProviderChanges, more: Partial<LoginOptions> = {}) {
  await using provider = await startProvider({ metadata: offered, ...changes });
  const person = createPerson();
  const options = { serverName: "docs", serverUrl: provider.serverUrl, fetch: plainFetch, ui: person.ui };
  const result = await login({ ...options, device: true, ...more }).then(
    (credential) => ({ credential, error: undefined }),
    (error: unknown) => ({ credential: undefined, error }),
  );
  return { ...result, person, provider, calls: provider.calls(), forms: provider.tokenForms() };
}

test("a person logs in with a code on another device", async () => {
  const { credential, person, provider, forms } = await logIn({
    resource: () => ({ scopes_supported: ["a"] }),
    routes: (at) => ({ "/device": code(at) }),
  });
  expect(credential).toMatchObject({ accessToken: "access-1", refreshToken: "refresh-1", scopes: ["a"] });
  expect(person.opened).toEqual([]);
  expect(person.shown).toEqual([`${provider.origin}/enter`]);
  expect(person.told).toEqual(["Enter the code AB [2JCD there, on any device"]);
  expect(provider.registrations()[0]).toMatchObject({
    redirect_uris: [],
    response_types: [],
    grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
  });
  const asked = new URLSearchParams(provider.seen.find(({ path }) => path === "/device")?.body);
  const resource = `${provider.origin}/mcp`;
  expect(Object.fromEntries(asked)).toEqual({ client_id: "registered-1", scope: "a", resource });
  expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({ device_code: "dev-1", resource });
});

test("a server that does not offer it is told so", async () => {
  const { error } = await logIn({ metadata: () => ({}) });
  expect(error).toMatchObject({ code: "usage", reason: "feature_missing" });
});

test("scopes that the server told of are dropped once when they are refused", async () => {
  const { credential, calls } = await logIn({
    resource: () => ({ scopes_supported: ["odd"] }),
    routes: (at) => ({
      "/device": ({ body }) =>
        body.includes("odd") ? { status: 400, body: { error: "invalid_scope" } } : code(at),
    }),
  });
  expect(credential?.scopes).toBeUndefined();
  expect(calls.filter((call) => call === "POST /device")).toHaveLength(2);
});

test.each([
  ["no code", { body: {} }, { code: "protocol", reason: "oauth_answer_invalid" }],
  ["HTML 500", { status: 500, body: "<html>" }, { code: "unavailable" }],
  [
    "an address that nobody should open",
    { body: { device_code: "d", user_code: "u", verification_uri: "javascript:alert(1)" } },
    { code: "protocol" },
  ],
])("%s instead of a code for the device fails the login", async (_, answer, expected) => {
  const { error, person } = await logIn({ routes: () => ({ "/device": answer }) });
  expect(error).toMatchObject(expected);
  expect(person.shown).toEqual([]);
});

test("a login can be given up while it waits, and takes its client along", async () => {
  const controller = new AbortController();
  const { error, calls } = await logIn(
    {
      routes: (at) => ({
        "/device": code(at, { interval: 600 }),
        "/register": {
          status: 201,
          body: { client_id: "c", registration_client_uri: `${at}/client/c`, registration_access_token: "t" },
        },
      }),
    },
    { signal: controller.signal, onUrl: () => void setImmediate(() => controller.abort()) },
  );
  expect(error).toMatchObject({ code: "canceled" });
  expect(calls.at(-1)).toBe("DELETE /client/c");
});

const grant: DeviceGrant = {
  deviceCode: "dev-1",
  userCode: "U",
  verificationUrl: "https://as.example/enter",
  completeUrl: undefined,
  lifetimeMs: 600_000,
  intervalMs: 2_000,
};

/** Polls a server that gives these answers one after the other. @returns the pauses in milliseconds, and how it ended */
async function poll(answers: readonly Answer[], more: Partial<DeviceGrant> = {}) {
  let next = 0;
  await using server = await startLoopbackServer(() => ({
    "/token": () => answers[next++] ?? { status: 500 },
  }));
  const pauses: number[] = [];
  const request = {
    fetch: plainFetch,
    tokenEndpoint: `${server.origin}/token`,
    issuer: server.origin,
    client: { clientId: "c", authentication: "none" as const },
    parameters: { device_code: "dev-1" },
  };
  const result = await pollForTokens({ ...grant, ...more }, request, async (ms) => pauses.push(ms)).then(
    (tokens) => ({ tokens, error: undefined }),
    (error: unknown) => ({ tokens: undefined, error }),
  );
  return { ...result, pauses };
}

function no(error: string, status = 400): Answer {
  return { status, body: { error } };
}

test("the server says how often it wants to be asked, and failures that may pass slow it down", async () => {
  const { tokens, pauses } = await poll([
    no("authorization_pending"),
    no("slow_down", 429),
    no("authorization_pending"),
    { status: 503, body: "<html>" },
    "reset",
    { body: { access_token: "a" } },
  ]);
  expect(tokens?.accessToken).toBe("a");
  expect(pauses).toEqual([2_000, 2_000, 7_000, 7_000, 14_000, 28_000]);
});

test.each([
  ["denial", no("access_denied"), { code: "forbidden", reason: "oauth_denied" }],
  ["expiry", no("expired_token"), { code: "deadline_exceeded" }],
  ["another refusal", no("invalid_client", 401), { code: "unauthenticated", reason: "oauth_token_refused" }],
])("%s ends it at once", async (_, answer, expected) => {
  const { error, pauses } = await poll([answer]);
  expect(error).toMatchObject(expected);
  expect(pauses).toHaveLength(1);
});

test("a code that is over is not asked for any more, and nobody is asked without a pause", async () => {
  const { error, pauses } = await poll([no("authorization_pending")], { lifetimeMs: 0, intervalMs: 0 });
  expect(error).toMatchObject({ code: "deadline_exceeded" });
  expect(pauses).toEqual([1_000]);
});
