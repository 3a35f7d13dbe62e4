import type { HttpServerConfig } from "@fairlead/config";
import { expect, test } from "vitest";
import { type ServerAccess, toServerDefinition } from "../runtime/server-definitions.js";
import { httpServer } from "../runtime/server-fixture.js";
import { storedAuth } from "./auth-status.js";
import type { Credentials } from "./credentials.js";
import { serversWithLogin } from "./request-tokens.js";
import { createTokenSources } from "./token-sources.js";

const plain = httpServer();

const untouchable = (): never => {
  throw new Error("The logins were touched");
};
const credentials: Credentials = {
  folder: "/nowhere",
  open: untouchable,
  openIfUsed: untouchable,
  reconfigure: untouchable,
};

function access(): ServerAccess {
  return {
    pool: {
      identityOf: (name) => name,
      pathMapOf: () => undefined,
      open: untouchable,
      reconfigure: untouchable,
      close: untouchable,
      [Symbol.asyncDispose]: untouchable,
    },
    http: {
      fetch: async () => new Response("", { status: 401 }),
      close: untouchable,
      [Symbol.asyncDispose]: untouchable,
    },
    eras: { memoryOf: () => ({ recall: () => undefined, note: () => {} }), flushed: untouchable },
    tokens: createTokenSources({ credentials, env: {}, warn: untouchable }),
    env: { TOKEN: "t" },
    cwd: "/",
    warn: untouchable,
  };
}

const configured: readonly [what: string, more: Partial<HttpServerConfig>][] = [
  ["a bearer token", { bearerTokenVar: { name: "TOKEN", source: "host" } }],
  ["a header from the environment", { envHeaders: { authorization: { name: "TOKEN", source: "host" } } }],
  [
    "a header of the environment that is not set",
    { envHeaders: { AUTHORIZATION: { name: "NONE", source: "host" } } },
  ],
  ["a header", { headers: { Authorization: "Basic eA==" } }],
];

test.each(configured)("a server with %s never has the logins touched", async (_, more) => {
  const server = { ...plain, ...more };
  const { signal } = new AbortController();
  const definition = toServerDefinition(server, access());
  const transport = await definition.prepare(signal);
  if (transport.kind !== "http") throw new Error("expected an HTTP server");
  await transport.endpoint.headers?.();
  expect((await transport.endpoint.fetch(server.url)).status).toBe(401);
  expect(await definition.offeredLogin?.(signal)).toBeUndefined();
  expect(await storedAuth(server, credentials)).toEqual({ status: "bearer_token" });
  expect(serversWithLogin({ servers: new Map([["web", server]]), connectors: new Map() })).toEqual([]);
});

test("every other server has them looked at, or this test could not fail", async () => {
  const starting = toServerDefinition(plain, access()).prepare(new AbortController().signal);
  await expect(starting).rejects.toThrow("The logins were touched");
  expect(await storedAuth(plain, credentials)).toMatchObject({
    status: "unknown",
    problem: expect.any(String),
  });
});
