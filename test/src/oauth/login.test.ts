import { generateKeyPairSync } from "node:crypto";
import type { FairleadError } from "@fairlead/core";
import { createHttpClient } from "@fairlead/machine";
import { type LoginOptions, type LoginUi, login, loginAsMachine } from "@fairlead/oauth";
import { afterAll, beforeAll, expect, test } from "vitest";
import { places } from "../http/support/places.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type AuthorizationServer, startAuthorizationServer } from "./support/authorization-server.js";
import {
  approveDevice,
  authorizeInBrowser,
  type BrowserEnd,
  type BrowserOptions,
} from "./support/browser.js";
import { type ProtectedServer, startProtectedServer } from "./support/protected-server.js";

const stack = createDisposeStack();
const machine = generateKeyPairSync("ec", { namedCurve: "P-256" });
const machineDefaults = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
let authorization: AuthorizationServer;
let server: ProtectedServer;
let fetch: LoginOptions["fetch"];

beforeAll(async () => {
  authorization = stack.use(
    await startAuthorizationServer({
      isStrictAboutScopes: true,
      clients: [
        { client_id: "machine-1", client_secret: "machine-secret", ...machineDefaults },
        {
          client_id: "machine-2",
          ...machineDefaults,
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: "ES256",
          jwks: { keys: [{ ...machine.publicKey.export({ format: "jwk" }), kid: "k1" }] },
        },
      ],
    }),
  );
  server = stack.use(await startProtectedServer({ issuer: authorization.issuer, scope: "mcp" }));
  const client = createHttpClient();
  stack.use({ [Symbol.asyncDispose]: () => client.close() });
  fetch = client.fetch;
});

afterAll(() => stack[Symbol.asyncDispose]());

/** A person with the scene's browser. */
function createPerson(options: BrowserOptions = {}) {
  const told: string[] = [];
  let end: Promise<BrowserEnd> | undefined;
  const ui: LoginUi = {
    showUrl: () => {},
    tell: (text) => void told.push(text),
    openBrowser: async (url) => {
      end = authorizeInBrowser(url, options);
      end.catch(() => {});
      return true;
    },
    pasted: undefined,
  };
  return { ui, told, page: async () => end };
}

function logIn(more: Partial<LoginOptions> & Pick<LoginOptions, "ui">) {
  return login({ serverName: "docs", serverUrl: server.url, fetch, ...more });
}

async function callEcho(accessToken: string, url = server.url): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${accessToken}`,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "echo" } }),
  });
  await response.text();
  return response.status;
}

test.each(places)(
  "a client that %s registers logs in, and tokens are for that server",
  async (_, openPlace) => {
    await using place = await openPlace();
    const person = createPerson();
    const credential = await logIn({ ui: person.ui, fetch: place.fetch });
    expect(credential).toMatchObject({
      issuer: authorization.issuer,
      resource: server.url,
      clientAuthentication: "none",
      scopes: expect.arrayContaining(["mcp"]),
      refreshToken: expect.stringContaining(authorization.canary),
    });
    expect(await person.page()).toMatchObject({ status: 200, body: expect.stringContaining("Logged in") });
    expect(await callEcho(credential.accessToken)).toBe(200);
    const renewed = await fetch(credential.tokenEndpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: credential.refreshToken ?? "",
        client_id: credential.clientId,
        resource: credential.resource ?? "",
      }),
    });
    expect(renewed.status).toBe(200);
    const { access_token } = (await renewed.json()) as { access_token: string };
    expect(await callEcho(access_token)).toBe(200);
  },
);

test("a person who says no is told so, here and on the page", async () => {
  const person = createPerson({ decision: "deny" });
  await expect(logIn({ ui: person.ui })).rejects.toMatchObject({
    code: "forbidden",
    reason: "oauth_denied",
    details: { providerError: "access_denied" },
  });
  expect(await person.page()).toMatchObject({ status: 400, body: expect.stringContaining("access_denied") });
});

test("scopes that the provider does not know are dropped where only the server told of them", async () => {
  await using odd = await startProtectedServer({ issuer: authorization.issuer, scope: "mcp nonsense" });
  const person = createPerson();
  // This provider lets nobody in who asks for no scope at all, which is its last word.
  await expect(logIn({ ui: person.ui, serverUrl: odd.url })).rejects.toMatchObject({
    details: { providerError: "access_denied" },
  });
  expect(person.told).toEqual([expect.stringContaining("asking once more")]);
  const chosen = createPerson();
  const refused = logIn({ ui: chosen.ui, serverUrl: odd.url, scopes: ["nonsense"] });
  await expect(refused).rejects.toMatchObject({
    code: "forbidden",
    details: { providerError: "invalid_client_metadata" },
  });
  expect(chosen.told).toEqual([]);
});

test("where the browser is elsewhere, its last address can be pasted", async () => {
  const person = createPerson();
  let paste: (line: string) => void = () => {};
  const pasted = new Promise<string>((resolve) => {
    paste = resolve;
  });
  const ui: LoginUi = {
    ...person.ui,
    showUrl: (url) => void authorizeInBrowser(url, { visitsCallback: false }).then((end) => paste(end.url)),
    pasted: (async function* lines() {
      yield await pasted;
    })(),
  };
  const credential = await logIn({ ui, place: { hasDisplay: false, isSsh: true } });
  expect(await callEcho(credential.accessToken)).toBe(200);
  expect(person.told).toEqual([expect.stringContaining("ssh -L"), expect.stringContaining("paste")]);
});

test("a device logs in with a code", async () => {
  const person = createPerson();
  let approval: Promise<BrowserEnd> | undefined;
  const credential = await logIn({
    ui: person.ui,
    device: true,
    onUrl: (url) => {
      approval = approveDevice(url);
    },
  });
  expect((await approval)?.body).toContain("Success");
  expect(person.told).toEqual([expect.stringMatching(/^Enter the code \S+ there/)]);
  expect(await callEcho(credential.accessToken)).toBe(200);
  expect(credential.refreshToken).toBeDefined();
});

test("a device whose person says no is told so", async () => {
  const person = createPerson();
  const refused = logIn({
    ui: person.ui,
    device: true,
    // After a no, this provider's page asks for the next code, so the browser finds no end.
    onUrl: (url) => void approveDevice(url, { decision: "deny" }).catch(() => {}),
  });
  await expect(refused).rejects.toMatchObject({ code: "forbidden", reason: "oauth_denied" });
});

test("a machine gets a token with a secret, or with an assertion that it signed", async () => {
  const target = { serverName: "docs", serverUrl: server.url, fetch };
  const privateKeyPem = machine.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  for (const client of [
    { id: "machine-1", secret: "machine-secret" },
    { id: "machine-2", signingKey: { privateKeyPem, keyId: "k1" } },
  ]) {
    const credential = await loginAsMachine({ ...target, client });
    expect(credential).toMatchObject({ clientId: client.id, resource: server.url });
    expect(credential.refreshToken).toBeUndefined();
    expect(await callEcho(credential.accessToken)).toBe(200);
  }
});

test("a token endpoint that fails is told without any secret of the provider", async () => {
  await authorization.fault({ kind: "status", status: 500, body: `<html>${authorization.canary}` });
  const person = createPerson();
  const error = await logIn({ ui: person.ui }).then(
    () => undefined,
    (thrown: unknown) => thrown as FairleadError,
  );
  expect(error).toMatchObject({ code: "unavailable", reason: "http_status" });
  expect(JSON.stringify([error, error?.stack])).not.toContain(authorization.canary);
  const page = await person.page();
  expect(page?.status).toBe(400);
  expect(page?.body).not.toContain(authorization.canary);
});

test("a login that is given up is free of everything at once", async () => {
  const controller = new AbortController();
  const person = createPerson();
  let redirectUri = "";
  const ui: LoginUi = {
    ...person.ui,
    openBrowser: async (url) => {
      redirectUri = new URL(url).searchParams.get("redirect_uri") ?? "";
      controller.abort();
      return true;
    },
  };
  await expect(logIn({ ui, signal: controller.signal })).rejects.toMatchObject({ code: "canceled" });
  await expect(fetch(redirectUri)).rejects.toMatchObject({ reason: "connect_failed" });
});
