import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpServerConfig } from "@fairlead/config";
import { createDeferred } from "@fairlead/core";
import { type Keyring, type OAuthCredential, openCredentialStore } from "@fairlead/oauth";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCredentials } from "../auth/credentials.js";
import { serverSettings } from "../runtime/server-fixture.js";
import { watchLogins } from "./watch-logins.js";

const server: HttpServerConfig = {
  ...serverSettings,
  name: "web",
  transport: "http",
  url: "https://mcp.example/mcp",
  headers: {},
  envHeaders: {},
  login: {},
  proxy: "none",
  forwardHeaders: [],
  executor: "local",
};
const login: OAuthCredential = {
  executor: "",
  serverUrl: server.url,
  issuer: "https://login.example",
  serverName: "web",
  tokenEndpoint: "https://login.example/token",
  clientId: "c",
  clientAuthentication: "none",
  accessToken: "a",
  refreshToken: "r",
  tokenType: "Bearer",
  savedAtMs: 1,
};

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "logins-"));
});
afterEach(() => rm(home, { recursive: true }));

const open = () =>
  createCredentials({
    home,
    logins: { store: "file" },
    env: {},
    warn: (text) => {
      throw new Error(text);
    },
  });

/** What is told, one after the other. */
function listening() {
  const told: string[] = [];
  const waiting: ReturnType<typeof createDeferred<string>>[] = [];
  return {
    onChange: (name: string, change: string): void => {
      const next = waiting.shift();
      if (next === undefined) told.push(`${name} ${change}`);
      else next.resolve(`${name} ${change}`);
    },
    next: (): Promise<string> => {
      const known = told.shift();
      if (known !== undefined) return Promise.resolve(known);
      const deferred = createDeferred<string>();
      waiting.push(deferred);
      return deferred.promise;
    },
  };
}

function createMemoryKeyring(): Keyring {
  const items = new Map<string, string>();
  return {
    async get(account) {
      const value = items.get(account);
      return value === undefined ? { kind: "absent" } : { kind: "found", value };
    },
    async set(account, value) {
      items.set(account, value);
      return { kind: "done" };
    },
    remove: async (account) => ({ kind: items.delete(account) ? "done" : "absent" }),
    probe: async () => ({ kind: "done" }),
  };
}

const warn = (text: string): never => {
  throw new Error(text);
};

test("tells logins and logouts of others, and leaves renewals alone", async () => {
  const { onChange, next } = listening();
  const options = { servers: () => [server], isWaiting: () => false, onChange, warn, quietMs: 20 };
  using watching = watchLogins({ ...options, credentials: open() });
  await watching.started;
  const other = await open().open();
  await other.write(login);
  expect(await next()).toBe("web login");
  await other.write({ ...login, accessToken: "b", savedAtMs: 2 });
  await other.write({ ...login, serverUrl: "https://else.example" });
  await other.remove(login);
  expect(await next()).toBe("web logout");
});

test("tells a login of another process that is kept in the keyring itself", async () => {
  const { onChange, next } = listening();
  const keyring = createMemoryKeyring();
  const direct = { folder: join(home, "credentials"), setting: "keyring-direct", keyring, warn } as const;
  const store = await openCredentialStore(direct);
  const credentials = { ...open(), open: async () => store, openIfUsed: async () => store };
  const options = { servers: () => [server], isWaiting: () => false, onChange, warn, quietMs: 20 };
  using watching = watchLogins({ ...options, credentials });
  await watching.started;
  const other = await openCredentialStore(direct);
  await other.write(login);
  expect(await next()).toBe("web login");
  await other.remove(login);
  expect(await next()).toBe("web logout");
});

test("watches from when there is a server to watch for", async () => {
  const { onChange, next } = listening();
  const servers: HttpServerConfig[] = [];
  const options = { servers: () => servers, isWaiting: () => false, onChange, warn, quietMs: 20 };
  using watching = watchLogins({ ...options, credentials: open() });
  expect(watching.started).toBeUndefined();
  servers.push(server);
  watching.refresh();
  await watching.started;
  await (await open().open()).write(login);
  expect(await next()).toBe("web login");
});
