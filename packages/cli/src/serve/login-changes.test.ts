import type { OAuthCredential } from "@fairlead/oauth";
import { expect, test } from "vitest";
import { loginChange } from "./login-changes.js";

const server = { executor: "local", url: "https://mcp.example/mcp", login: {} };
const login: OAuthCredential = {
  executor: "",
  serverUrl: server.url,
  issuer: "https://login.example",
  serverName: "web",
  tokenEndpoint: "https://login.example/token",
  clientId: "c",
  clientAuthentication: "none",
  accessToken: "a",
  tokenType: "Bearer",
  scopes: ["x", "y"],
  savedAtMs: 1,
};
const renewed: OAuthCredential = { ...login, accessToken: "b", scopes: ["y", "x"], savedAtMs: 2 };

test.each<
  [what: string, before: OAuthCredential[], now: OAuthCredential[], isWaiting: boolean, expected: unknown]
>([
  ["nothing", [], [], true, undefined],
  ["a first login", [], [login], false, "login"],
  ["a logout", [login], [], false, "logout"],
  ["a renewal", [login], [renewed], false, undefined],
  ["a renewal that a server waited for", [login], [renewed], true, "login"],
  ["nothing that a server waits for", [login], [login], true, undefined],
  ["a login with other scopes", [login], [{ ...renewed, scopes: ["x"] }], false, "login"],
  ["a login by another client", [login], [{ ...renewed, clientId: "d" }], false, "login"],
  [
    "a login elsewhere beside an older one",
    [login],
    [login, { ...renewed, issuer: "https://b" }],
    false,
    "login",
  ],
  [
    "an older one that goes",
    [login, { ...renewed, issuer: "https://b" }],
    [{ ...renewed, issuer: "https://b" }],
    false,
    undefined,
  ],
  ["a login to another server", [], [{ ...login, serverUrl: "https://other.example" }], true, undefined],
  ["a login from another machine", [], [{ ...login, executor: "far" }], true, undefined],
])("%s is told as what it is", (_, ...[before, now, isWaiting, expected]) => {
  expect(loginChange(server, { before, now }, isWaiting)).toBe(expected);
});

test("a login of the same kind as another person is a new login, and its renewals are none", () => {
  const before = [{ ...login, loginId: "one" }];
  expect(loginChange(server, { before, now: [{ ...renewed, loginId: "two" }] }, false)).toBe("login");
  expect(loginChange(server, { before, now: [{ ...renewed, loginId: "one" }] }, false)).toBeUndefined();
  expect(loginChange(server, { before: [login], now: before }, false)).toBe("login");
});

test("a server that is pinned to an issuer is told of its logins alone", () => {
  const pinned = { ...server, login: { issuer: login.issuer } };
  const other: OAuthCredential = { ...login, issuer: "https://b", savedAtMs: 9 };
  expect(loginChange(pinned, { before: [login], now: [login, other] }, true)).toBeUndefined();
  expect(loginChange(pinned, { before: [login, other], now: [other] }, false)).toBe("logout");
  const again = { ...renewed, loginId: "two" };
  expect(loginChange(pinned, { before: [login, other], now: [again, other] }, false)).toBe("login");
});
