import { expect, test } from "vitest";
import { obtainFirstLogin } from "./first-login.js";
import { createMemoryStore } from "./test-support/memory-store.js";
import { expiredCredential } from "./test-support/token-endpoint.js";

function firstLogin(store = createMemoryStore(), lockLimitMs?: number) {
  return obtainFirstLogin({
    store,
    server: { executor: "", serverUrl: "https://notes.test/mcp" },
    serverName: "notes",
    find: async () => undefined,
    obtain: async () => expiredCredential(),
    warn: () => {},
    lockLimitMs,
  });
}

test("a first login that another process keeps waiting ends with an error that says so", async () => {
  const store = createMemoryStore();
  store.withLock = (_key, _work, signal) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  await expect(firstLogin(store, 10)).rejects.toMatchObject({
    code: "unavailable",
    reason: "refresh_failed",
    message: expect.stringContaining("Another process has been logging this machine in to server 'notes'"),
    details: { server: "notes", failure: "unreachable" },
  });
});

test("a first login whose lock fails otherwise tells that", async () => {
  const store = createMemoryStore();
  store.withLock = () => Promise.reject(new Error("no hard links"));
  await expect(firstLogin(store)).rejects.toThrow("no hard links");
});
