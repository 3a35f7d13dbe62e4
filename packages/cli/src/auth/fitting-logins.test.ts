import { expect, test } from "vitest";
import { fitsConfiguration } from "./fitting-logins.js";

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
