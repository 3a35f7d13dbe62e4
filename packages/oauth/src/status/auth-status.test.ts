import { expect, test } from "vitest";
import type { OAuthCredential } from "../credential.js";
import { refreshHash } from "../tokens/renewed-credential.js";
import { createMemoryStore, type MemoryStore } from "../tokens/test-support/memory-store.js";
import { expiredCredential, startMs } from "../tokens/test-support/token-endpoint.js";
import { type AuthReport, type AuthStatusOptions, authStatus } from "./auth-status.js";

const never = (): never => {
  throw new Error("nobody should be asked");
};

function statusOf(store: MemoryStore, more: Partial<AuthStatusOptions> = {}): Promise<AuthReport> {
  return authStatus({
    server: { executor: "", serverUrl: "https://notes.test/mcp" },
    isConfigured: false,
    openStore: () => Promise.resolve(store),
    now: () => startMs,
    ...more,
  });
}

test("a configured bearer token or Authorization wins, and nobody is asked anything", async () => {
  const report = await authStatus({
    server: { executor: "", serverUrl: "https://notes.test/mcp" },
    isConfigured: true,
    openStore: never,
    probe: never,
    now: never,
  });
  expect(report).toEqual({ status: "bearer_token" });
});

const refused = { refusedRefreshHash: refreshHash("refresh-0") };

test.each<[string, string, Partial<OAuthCredential>, boolean]>([
  ["oauth", "a token that lives", { expiresAtMs: startMs + 60_000, refreshToken: undefined }, false],
  ["oauth", "a token of unknown end", { expiresAtMs: undefined, refreshToken: undefined }, false],
  ["oauth", "a dead token that can be renewed", {}, true],
  ["oauth", "a dead token whose earlier refresh token was refused", { refusedRefreshHash: "other" }, true],
  [
    "oauth",
    "a token that lives though its refresh token was refused",
    { expiresAtMs: startMs + 60_000, ...refused },
    false,
  ],
  ["reauthentication_required", "a dead token whose refresh token was refused", refused, false],
  ["reauthentication_required", "a dead token alone", { refreshToken: undefined }, false],
  [
    "reauthentication_required",
    "a nearly dead token alone",
    { expiresAtMs: startMs + 30_000, refreshToken: undefined },
    false,
  ],
])("it is %s with %s", async (status, _what, more, isRenewable) => {
  const report = await statusOf(createMemoryStore(expiredCredential(more)), { probe: never });
  expect(report).toMatchObject({ status, isRenewable, issuer: "https://issuer.test", scopes: ["read"] });
});

test("a machine can always get another token", async () => {
  const store = createMemoryStore(expiredCredential({ refreshToken: undefined }));
  expect(await statusOf(store, { isMachine: true })).toMatchObject({ status: "oauth", isRenewable: true });
});

test("nothing of the tokens is told", async () => {
  const report = JSON.stringify(await statusOf(createMemoryStore(expiredCredential())));
  expect(report).not.toMatch(/access-0|refresh-0/);
});

test.each(["unsupported", "not_logged_in", "unknown"] as const)(
  "without a login it is what the server says: %s",
  async (status) => {
    expect(await statusOf(createMemoryStore(), { probe: () => Promise.resolve(status) })).toEqual({ status });
  },
);

test("without a login, and nobody to ask, nobody can tell", async () => {
  expect(await statusOf(createMemoryStore())).toEqual({ status: "unknown" });
  expect(await statusOf(createMemoryStore(), { openStore: () => Promise.resolve(undefined) })).toEqual({
    status: "unknown",
  });
  const probe = (): Promise<never> => Promise.reject(new Error("no network"));
  expect(await statusOf(createMemoryStore(), { probe })).toEqual({
    status: "unknown",
    problem: expect.stringContaining("no network"),
  });
});

test.each(["unavailable", "corrupt"] as const)("a store that is %s tells nothing", async (kind) => {
  const store = createMemoryStore(expiredCredential());
  store.answer = { kind, reason: "locked" };
  expect(await statusOf(store, { probe: never })).toEqual({ status: "unknown", problem: "locked" });
});

test("a store that cannot be opened tells nothing", async () => {
  const openStore = (): Promise<never> => Promise.reject(new Error("no permission"));
  expect(await statusOf(createMemoryStore(), { openStore, probe: never })).toMatchObject({
    status: "unknown",
    problem: expect.stringContaining("no permission"),
  });
});
