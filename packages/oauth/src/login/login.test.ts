import { expect, test } from "vitest";
import { login } from "./login.js";
import type { LoginOptions } from "./login-options.js";
import { type ProviderChanges, startProvider } from "./test-support/hand-made-provider.js";
import { plainFetch } from "./test-support/plain-fetch.js";
import { createPerson, type ScriptedPerson } from "./test-support/scripted-person.js";

/** Logs in to a provider that is made for it. */
async function logIn(
  changes: ProviderChanges = {},
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
  const credential = await login(options);
  return {
    credential,
    person,
    origin: provider.origin,
    page: await person.lastPage().catch(() => undefined),
    calls: provider.calls(),
    authorization: provider.authorization(),
    form: provider.tokenForms()[0],
    registration: provider.registrations()[0],
  };
}

test("a person logs in, and everything that renewing needs is in the credential", async () => {
  const beforeMs = Date.now();
  const { credential, origin, page, person, registration, form, authorization } = await logIn(
    { resource: () => ({ scopes_supported: ["a", "b"] }) },
    { executor: "box" },
  );
  const redirectUri = authorization.get("redirect_uri") ?? "";
  expect(credential).toEqual({
    loginId: expect.stringMatching(/^[0-9a-f]{32}$/),
    serverName: "docs",
    serverUrl: `${origin}/mcp`,
    executor: "box",
    issuer: origin,
    resource: `${origin}/mcp`,
    tokenEndpoint: `${origin}/token`,
    clientId: "registered-1",
    clientAuthentication: "none",
    accessToken: "access-1",
    tokenType: "Bearer",
    refreshToken: "refresh-1",
    scopes: ["a", "b"],
    expiresAtMs: expect.any(Number),
    savedAtMs: expect.any(Number),
  });
  expect(credential.expiresAtMs).toBeGreaterThanOrEqual(beforeMs + 60_000);
  expect(registration).toEqual({
    client_name: "Fairlead",
    application_type: "native",
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    scope: "a b",
  });
  expect(Object.fromEntries(authorization)).toMatchObject({
    response_type: "code",
    client_id: "registered-1",
    code_challenge_method: "S256",
    scope: "a b",
    resource: `${origin}/mcp`,
  });
  expect(Object.fromEntries(form ?? [])).toMatchObject({
    grant_type: "authorization_code",
    client_id: "registered-1",
    redirect_uri: redirectUri,
    resource: `${origin}/mcp`,
  });
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining("Logged in") });
  expect(person.shown).toEqual(person.opened);
  await expect(fetch(redirectUri)).rejects.toThrow("fetch failed");
});

test("a configured client is used as it is, with its secret as the server wants it", async () => {
  const client = { id: "my-client", secret: "s3 cret" };
  const basic = await logIn({}, { client });
  expect(basic.calls).not.toContain("POST /register");
  expect(basic.form?.has("client_id")).toBe(false);
  expect(basic.credential).toMatchObject({
    clientId: "my-client",
    clientAuthentication: "client_secret_basic",
  });
  expect(basic.credential.clientSecret).toBeUndefined();
  const methods = { token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_post"] };
  const post = await logIn({ metadata: () => methods }, { client });
  expect(Object.fromEntries(post.form ?? [])).toMatchObject({
    client_id: "my-client",
    client_secret: "s3 cret",
  });
});

test("the secret of a registered client is kept, and how it was told to use it", async () => {
  const registered = { client_id: "c", client_secret: "x", token_endpoint_auth_method: "client_secret_post" };
  const { credential, registration } = await logIn({
    metadata: () => ({
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    }),
    routes: () => ({ "/register": { status: 201, body: registered } }),
  });
  expect(registration).toMatchObject({ token_endpoint_auth_method: "client_secret_basic" });
  expect(credential).toMatchObject({ clientSecret: "x", clientAuthentication: "client_secret_post" });
});

test("the document of a client is used where it is taken, else one is registered", async () => {
  const clientMetadataUrl = "https://fairlead.example/client.json";
  const taken = await logIn(
    { metadata: () => ({ client_id_metadata_document_supported: true }) },
    { clientMetadataUrl },
  );
  expect(taken.credential).toMatchObject({ clientId: clientMetadataUrl, clientAuthentication: "none" });
  const not = await logIn({}, { clientMetadataUrl });
  expect(not.credential.clientId).toBe("registered-1");
});

test("the server itself is asked for its challenge, and its scopes come before those of the metadata", async () => {
  const { authorization, credential } = await logIn({
    resource: () => ({ scopes_supported: ["all"] }),
    routes: (at) => ({
      "/mcp": {
        status: 401,
        headers: {
          "www-authenticate": ['Basic realm="x"', `Bearer scope="w", resource_metadata="${at}/prm"`],
        },
      },
      "/prm": { body: { resource: `${at}/mcp`, authorization_servers: [at], scopes_supported: ["all"] } },
    }),
  });
  expect(authorization.get("scope")).toBe("w");
  expect(credential.scopes).toEqual(["w"]);
});

test("resource and scopes can be switched off", async () => {
  const { authorization, form, credential, registration } = await logIn(
    { resource: () => ({ scopes_supported: ["all"] }) },
    { resource: false, configuredScopes: [] },
  );
  for (const parameters of [authorization, form]) {
    expect(parameters?.has("resource")).toBe(false);
    expect(parameters?.has("scope")).toBe(false);
  }
  expect(registration).not.toHaveProperty("scope");
  expect(credential.resource).toBeUndefined();
});

test("offline access is asked of the person each time, as OpenID Connect wants it", async () => {
  const { authorization } = await logIn({
    resource: () => ({ scopes_supported: ["a"] }),
    metadata: () => ({ scopes_supported: ["a", "offline_access"] }),
  });
  expect(authorization.get("scope")).toBe("a offline_access");
  expect(authorization.get("prompt")).toBe("consent");
});

test("scopes that only the server told of are dropped once when they are refused, in the same browser", async () => {
  const { authorization, person, credential, calls, page } = await logIn({
    resource: () => ({ scopes_supported: ["odd"] }),
    answer: (_, asked): Record<string, string> =>
      asked.has("scope") ? { error: "invalid_scope" } : { code: "the-code" },
  });
  expect(authorization.has("scope")).toBe(false);
  expect(credential.scopes).toBeUndefined();
  expect(person.opened).toHaveLength(1);
  expect(calls.filter((call) => call.startsWith("GET /authorize"))).toHaveLength(2);
  expect(calls.filter((call) => call === "POST /register")).toHaveLength(1);
  expect(page?.status).toBe(200);
});

test("they are dropped too when the registration refuses them", async () => {
  const { calls, authorization } = await logIn({
    resource: () => ({ scopes_supported: ["odd"] }),
    routes: () => ({
      "/register": ({ body }) =>
        body.includes("odd")
          ? { status: 400, body: { error: "invalid_client_metadata" } }
          : { status: 201, body: { client_id: "second" } },
    }),
  });
  expect(calls.filter((call) => call === "POST /register")).toHaveLength(2);
  expect(authorization.has("scope")).toBe(false);
});

test("a server of the first revision, without any metadata, is logged in to at its fixed paths", async () => {
  const { credential, authorization, origin } = await logIn({
    routes: () => ({
      "/.well-known/oauth-protected-resource/mcp": { status: 404 },
      "/.well-known/oauth-authorization-server": { status: 404 },
    }),
  });
  expect(credential).toMatchObject({ issuer: origin, tokenEndpoint: `${origin}/token` });
  expect(authorization.has("resource")).toBe(false);
});

test("a silent login shows its address only where no browser could be opened", async () => {
  const urls: string[] = [];
  const opened = await logIn({}, { isSilent: true, onUrl: (url) => urls.push(url) });
  expect(opened.person.shown).toEqual([]);
  expect(urls).toEqual(opened.person.opened);
  const failing = createPerson(() => Promise.reject(new Error("no xdg-open")));
  const shown: string[] = [];
  const showUrl = (url: string): void => {
    shown.push(url);
    void fetch(url);
  };
  await logIn({}, { isSilent: true, ui: { ...failing.ui, showUrl } }, failing);
  expect(shown).toEqual(failing.opened);
});

test("without a display the address is shown, with a hint for ssh, and no browser is opened", async () => {
  const person = createPerson();
  const ui = {
    ...person.ui,
    // The hints come right behind the address, so the person goes there a little later.
    showUrl: (url: string) => void setImmediate(() => void fetch(url)),
  };
  const { authorization } = await logIn(
    {},
    { ui, place: { hasDisplay: false, isSsh: true, sshTarget: "me@box" } },
    person,
  );
  const port = new URL(authorization.get("redirect_uri") ?? "").port;
  expect(person.opened).toEqual([]);
  expect(person.told).toEqual([expect.stringContaining(`ssh -L ${port}:127.0.0.1:${port} me@box`)]);
});

test("the address that a browser ended at can be pasted; anything else is told, and the wait goes on", async () => {
  let paste: (line: string) => void = () => {};
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* lines(): AsyncGenerator<string> {
    yield "";
    yield "what?";
    yield "http://127.0.0.1:1/callback?code=x&state=wrong";
    yield await new Promise<string>((resolve) => {
      paste = resolve;
    });
    await released;
  }
  const person = createPerson(undefined, lines());
  const showUrl = async (url: string): Promise<void> => {
    const there = await fetch(url, { redirect: "manual" });
    paste(there.headers.get("location") ?? "");
  };
  const { credential } = await logIn(
    {},
    { ui: { ...person.ui, showUrl: (url) => void showUrl(url) }, place: { hasDisplay: false } },
    person,
  );
  expect(credential.accessToken).toBe("access-1");
  expect(person.told.filter((text) => text.includes("Paste the whole address"))).toHaveLength(2);
  release();
});

test("a browser that finds the provider elsewhere is sent there", async () => {
  await using front = await startProvider();
  const opened: string[] = [];
  const person = createPerson((url) => {
    opened.push(url);
    return fetch(url.replace("/front?", "/authorize?"));
  });
  await using provider = await startProvider();
  const credential = await login({
    serverName: "docs",
    serverUrl: provider.serverUrl,
    fetch: plainFetch,
    ui: person.ui,
    browserAuthorizationUrl: `${provider.origin}/front?tenant=1`,
  });
  expect(opened[0]).toContain(`${provider.origin}/front?tenant=1&`);
  expect(credential.issuer).toBe(provider.origin);
  expect(front.seen).toEqual([]);
});
