import { join } from "node:path";
import type { HttpServerConfig } from "@fairlead/config";
import { createDeferred } from "@fairlead/core";
import { processMarks } from "@fairlead/machine/process-mark";
import { type Keyring, openCredentialStore } from "@fairlead/oauth";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLoginScene, type LoginScene, loginTo } from "../auth/login-fixture.js";
import { httpServer } from "../runtime/server-fixture.js";
import { watchLogins } from "./watch-logins.js";

const server = httpServer();
const login = loginTo(server);

let scene: LoginScene;
beforeEach(async () => {
  scene = await createLoginScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

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
  using watching = watchLogins({ ...options, credentials: scene.open() });
  await watching.started;
  const other = await scene.open().open();
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
  const direct = {
    folder: join(scene.home, "credentials"),
    setting: "keyring-direct",
    keyring,
    processes: processMarks,
    warn,
  } as const;
  const store = await openCredentialStore(direct);
  const credentials = { ...scene.open(), open: async () => store, openIfUsed: async () => store };
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
  using watching = watchLogins({ ...options, credentials: scene.open() });
  expect(watching.started).toBeUndefined();
  servers.push(server);
  watching.refresh();
  await watching.started;
  await (await scene.open().open()).write(login);
  expect(await next()).toBe("web login");
});
