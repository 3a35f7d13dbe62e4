import type { CredentialStore, OAuthCredential } from "@fairlead/oauth";
import { expect, test } from "vitest";
import { fitsConfiguration, fittingLogins } from "./fitting-logins.js";

const login = { clientId: "new", clientSecretVar: "SECRET" } as Parameters<typeof fitsConfiguration>[1];
const kept = (clientId: string) =>
  ({ issuer: "https://login.example", clientId, refreshToken: "r" }) as Parameters<
    typeof fitsConfiguration
  >[0];

test("a login of another client than the one whose secret is configured is not used, and never sees the secret", () => {
  expect(fitsConfiguration(kept("new"), login)).toBe(true);
  expect(fitsConfiguration(kept("old"), login)).toBe(false);
  const { clientSecretVar: _, ...withoutSecret } = login;
  expect(fitsConfiguration(kept("old"), withoutSecret as typeof login)).toBe(true);
});

test("a pinned login is found though a later one of another issuer, or of another server, is there", async () => {
  const own = {
    executor: "",
    serverUrl: "https://mcp.example/mcp",
    issuer: "https://a.example",
    savedAtMs: 2,
  };
  const older = { ...own, issuer: "https://a.example/", savedAtMs: 1 };
  const later = { ...own, issuer: "https://b.example", savedAtMs: 3 };
  const elsewhere = { ...own, serverUrl: "https://else.example", savedAtMs: 4 };
  const value = [own, older, later, elsewhere] as OAuthCredential[];
  const store = { kind: "file", list: async () => ({ kind: "found", value }) } as unknown as CredentialStore;
  const find = (issuer: string) => fittingLogins(store, { issuer }).find(own);
  expect(await find("https://a.example")).toEqual({ kind: "found", value: own });
  expect(await find("https://b.example")).toEqual({ kind: "found", value: later });
  expect(await find("https://c.example")).toEqual({ kind: "absent" });
});

test("logins that cannot be read are not taken for none", async () => {
  const answer = { kind: "unavailable", reason: "locked" };
  const store = { kind: "file", list: async () => answer } as unknown as CredentialStore;
  const own = { executor: "", serverUrl: "https://mcp.example/mcp" };
  expect(await fittingLogins(store, { issuer: "https://a.example" }).find(own)).toEqual(answer);
});
