import { expect, test } from "vitest";
import { login } from "./login.js";
import type { LoginOptions } from "./login-options.js";
import { type ProviderChanges, startProvider } from "./test-support/hand-made-provider.js";
import { plainFetch } from "./test-support/plain-fetch.js";
import { createPerson, type ScriptedPerson } from "./test-support/scripted-person.js";

/** A login that has to fail, what it failed with, and whether its port is free again. */
async function failToLogIn(
  changes: ProviderChanges,
  more: Partial<LoginOptions> = {},
  person: ScriptedPerson = createPerson(),
) {
  await using provider = await startProvider(changes);
  const options = {
    serverName: "docs",
    serverUrl: provider.serverUrl,
    fetch: plainFetch,
    ui: person.ui,
    ...more,
  };
  const error = await login(options).then(
    () => new Error("the login was a success"),
    (thrown: unknown) => thrown as Error,
  );
  const redirectUri = provider.authorization().get("redirect_uri");
  const listens =
    redirectUri === null
      ? false
      : await fetch(redirectUri).then(
          () => true,
          () => false,
        );
  const page = await person.lastPage().catch(() => undefined);
  return { error, page, person, listens, calls: provider.calls() };
}

test("a refusal is told in the terminal and on the page, without becoming a part of it", async () => {
  const description = '<script>alert("x")</script>';
  const { error, page, listens, calls } = await failToLogIn({
    resource: () => ({ scopes_supported: ["a"] }),
    answer: () => ({ error: "access_denied", error_description: description }),
  });
  expect(error).toMatchObject({
    code: "forbidden",
    reason: "oauth_denied",
    message: expect.stringContaining(`access_denied: ${description}`),
  });
  expect(page).toMatchObject({ status: 400, text: expect.stringContaining("&lt;script&gt;") });
  expect(page?.text).not.toContain("<script>");
  expect(listens).toBe(false);
  expect(calls.filter((call) => call.startsWith("GET /authorize"))).toHaveLength(1);
});

test.each([
  ["chosen by a person", { scopes: ["odd"] }],
  ["configured", { configuredScopes: ["odd"] }],
  ["of a login that shall tell its provider's error", { retriesWithoutScopes: false }],
])("refused scopes are not dropped where they are %s", async (_, more) => {
  const { error, calls } = await failToLogIn(
    { resource: () => ({ scopes_supported: ["odd"] }), answer: () => ({ error: "invalid_scope" }) },
    more,
  );
  expect(error).toMatchObject({ details: { providerError: "invalid_scope" } });
  expect(calls.filter((call) => call.startsWith("GET /authorize"))).toHaveLength(1);
});

test("scopes are dropped once, not for ever", async () => {
  const { error, calls } = await failToLogIn({
    resource: () => ({ scopes_supported: ["odd"] }),
    answer: () => ({ error: "invalid_scope" }),
  });
  expect(error).toMatchObject({ reason: "oauth_denied" });
  expect(calls.filter((call) => call.startsWith("GET /authorize"))).toHaveLength(2);
});

test("an answer of another issuer redeems nothing", async () => {
  const { error, calls, page } = await failToLogIn({
    answer: () => ({ code: "the-code", iss: "https://evil.example" }),
  });
  expect(error).toMatchObject({ code: "protocol", reason: "oauth_answer_invalid" });
  expect(page?.status).toBe(400);
  expect(calls).not.toContain("POST /token");
});

test("an answer without the issuer that was promised redeems nothing", async () => {
  const { error, calls } = await failToLogIn({
    metadata: () => ({ authorization_response_iss_parameter_supported: true }),
  });
  expect(error).toMatchObject({ reason: "oauth_answer_invalid" });
  expect(calls).not.toContain("POST /token");
});

test("a wrong state redeems nothing, and the login waits on", async () => {
  const controller = new AbortController();
  const person = createPerson(async (url) => {
    const shown = await fetch(url);
    controller.abort();
    return shown;
  });
  const changes = { answer: () => ({ code: "the-code", state: "guessed" }) };
  const { error, page, calls, listens } = await failToLogIn(changes, { signal: controller.signal }, person);
  expect(error).toMatchObject({ code: "canceled" });
  expect(page?.status).toBe(400);
  expect(calls).not.toContain("POST /token");
  expect(listens).toBe(false);
});

test("a browser that never comes back is waited for only so long", async () => {
  const person = createPerson(async () => true);
  const { error } = await failToLogIn({}, { timeLimitMs: 100 }, person);
  expect(error).toMatchObject({ code: "deadline_exceeded", details: { limit: "login" } });
});

test.each([
  ["HTML 500", { status: 500, body: "<html>oops</html>" }, { code: "unavailable", reason: "http_status" }],
  ["a page", { body: "<html>hello</html>" }, { code: "protocol", reason: "oauth_answer_invalid" }],
  [
    "a refusal",
    { status: 400, body: { error: "invalid_grant", error_description: "code the-code is old" } },
    { reason: "oauth_token_refused" },
  ],
  ["a redirect", { status: 302, headers: { location: "/mcp" }, body: {} }, { code: "protocol" }],
  ["a reset", "reset" as const, { code: "unavailable" }],
  ["a huge body", { body: "x".repeat(300_000) }, { code: "resource_exhausted" }],
])("%s instead of a token is told on the page too, without the code", async (_, answer, expected) => {
  const { error, page, listens } = await failToLogIn({ routes: () => ({ "/token": answer }) });
  expect(error).toMatchObject(expected);
  expect(page).toMatchObject({ status: 400, text: expect.stringContaining("Not logged in") });
  expect(`${error.message}${page?.text}`).not.toContain("the-code");
  expect(listens).toBe(false);
});

test("a server that does not say that it has PKCE with S256 is not logged in to", async () => {
  for (const methods of [undefined, ["plain"]]) {
    const { error, calls } = await failToLogIn({
      metadata: () => ({ code_challenge_methods_supported: methods }),
    });
    expect(error).toMatchObject({
      reason: "oauth_discovery_failed",
      message: expect.stringContaining("S256"),
    });
    expect(calls).not.toContain("POST /register");
  }
});

test.each([
  [
    "no registration",
    { metadata: () => ({ registration_endpoint: undefined }) },
    { code: "usage", reason: "oauth_client_missing" },
  ],
  [
    "a refused registration",
    {
      routes: () => ({
        "/register": {
          status: 400,
          body: { error: "invalid_redirect_uri", error_description: "no\u001b[31m" },
        },
      }),
    },
    {
      code: "forbidden",
      reason: "oauth_registration_refused",
      details: { providerError: "invalid_redirect_uri", status: 400 },
    },
  ],
  [
    "a forbidden registration",
    { routes: () => ({ "/register": { status: 403, body: "no" } }) },
    { reason: "oauth_registration_refused" },
  ],
  [
    "a broken registration",
    { routes: () => ({ "/register": { status: 502, body: "no" } }) },
    { code: "unavailable" },
  ],
  [
    "a registration without an id",
    { routes: () => ({ "/register": { status: 201, body: {} } }) },
    { reason: "oauth_answer_invalid" },
  ],
])(
  "%s is told with what to do, before any browser is opened",
  async (_, changes: ProviderChanges, expected) => {
    const { error, person } = await failToLogIn(changes);
    expect(error).toMatchObject(expected);
    expect(error.message).not.toContain("\u001b");
    expect(person.opened).toEqual([]);
  },
);

test("a port that is taken fails the login before anything is registered", async () => {
  await using other = await startProvider();
  const port = Number(new URL(other.origin).port);
  const { error, calls } = await failToLogIn({}, { callback: { port } });
  expect(error).toMatchObject({ code: "unavailable", reason: "address_in_use" });
  expect(calls).not.toContain("POST /register");
});

test("a login that is given up leaves nothing behind: no listener, no client, no waiting browser", async () => {
  const controller = new AbortController();
  const person = createPerson(async () => {
    controller.abort();
    return true;
  });
  const { error, calls } = await failToLogIn(
    {
      routes: (at) => ({
        "/register": {
          status: 201,
          body: { client_id: "c", registration_client_uri: `${at}/client/c`, registration_access_token: "t" },
        },
        "/client/c": { status: 204, body: "" },
      }),
    },
    { signal: controller.signal },
    person,
  );
  expect(error).toMatchObject({ code: "canceled" });
  expect(calls.at(-1)).toBe("DELETE /client/c");
  await expect(fetch(new URL(person.opened[0] ?? "").searchParams.get("redirect_uri") ?? "")).rejects.toThrow(
    "fetch failed",
  );
});

test("a login that is given up has left its port before it takes its client back", async () => {
  const controller = new AbortController();
  const person = createPerson(async () => {
    controller.abort();
    return true;
  });
  let portAtFarewell = "never asked";
  const { calls } = await failToLogIn(
    {
      routes: (at) => ({
        "/register": {
          status: 201,
          body: { client_id: "c", registration_client_uri: `${at}/client/c`, registration_access_token: "t" },
        },
        "/client/c": { status: 204, body: "" },
      }),
    },
    {
      signal: controller.signal,
      fetch: async (url, init) => {
        if (init?.method === "DELETE") {
          const callback = new URL(person.opened[0] ?? "").searchParams.get("redirect_uri") ?? "";
          portAtFarewell = await fetch(callback).then(
            () => "taken",
            () => "free",
          );
        }
        return plainFetch(url, init);
      },
    },
    person,
  );
  expect(calls.at(-1)).toBe("DELETE /client/c");
  expect(portAtFarewell).toBe("free");
});

test("a login can be given up while the token endpoint hangs, and the browser is told", async () => {
  const controller = new AbortController();
  const { error, page, listens } = await failToLogIn(
    {
      routes: () => ({
        "/token": () => {
          setTimeout(() => controller.abort(), 20);
          return "hang";
        },
      }),
    },
    { signal: controller.signal },
  );
  expect(error).toMatchObject({ code: "canceled" });
  expect(page?.status).toBe(400);
  expect(listens).toBe(false);
});

test("a signal that has fired already asks nobody anything", async () => {
  const { error, calls } = await failToLogIn({}, { signal: AbortSignal.abort() });
  expect(error).toMatchObject({ code: "canceled" });
  expect(calls).toEqual([]);
});

test("a configured client's secret goes to no other authorization server than its own", async () => {
  const client = { id: "c", secret: "s", issuer: "https://as.example" };
  const { error, calls, person } = await failToLogIn({}, { client });
  expect(error).toMatchObject({ code: "usage", reason: "config_invalid" });
  expect(calls).not.toContain("POST /token");
  expect(person.opened).toEqual([]);
});

test("a code that is refused is not a reason to ask without scopes", async () => {
  const { calls } = await failToLogIn({
    resource: () => ({ scopes_supported: ["a"] }),
    routes: () => ({ "/token": { status: 400, body: { error: "invalid_grant" } } }),
  });
  expect(calls.filter((call) => call.startsWith("GET /authorize"))).toHaveLength(1);
});

test("two answers at once redeem one code", async () => {
  const person = createPerson(async (url) => {
    const back = (await fetch(url, { redirect: "manual" })).headers.get("location") ?? "";
    const [first] = await Promise.all([fetch(back), fetch(back)]);
    return first;
  });
  await using provider = await startProvider();
  await login({ serverName: "docs", serverUrl: provider.serverUrl, fetch: plainFetch, ui: person.ui });
  expect(provider.tokenForms()).toHaveLength(1);
});
