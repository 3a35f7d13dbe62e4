import { expect, test } from "vitest";
import { readTokenAnswer } from "./token-answer.js";

test("reads what a server grants", () => {
  const body = JSON.stringify({
    access_token: "a",
    token_type: "Bearer",
    refresh_token: "r",
    scope: "one two  one",
    expires_in: 60,
  });
  expect(readTokenAnswer(body, 1_000)).toEqual({
    kind: "granted",
    tokens: {
      accessToken: "a",
      tokenType: "Bearer",
      refreshToken: "r",
      scopes: ["one", "two"],
      expiresAtMs: 61_000,
    },
  });
});

test("is content with an access token, whatever else is missing or odd", () => {
  const body = JSON.stringify({ access_token: "a", token_type: 7, refresh_token: "", scope: ["x"] });
  expect(readTokenAnswer(body, 0)).toEqual({
    kind: "granted",
    tokens: {
      accessToken: "a",
      tokenType: undefined,
      refreshToken: undefined,
      scopes: undefined,
      expiresAtMs: undefined,
    },
  });
});

test("an empty scope is a scope: nothing was granted", () => {
  expect(readTokenAnswer('{"access_token":"a","scope":""}', 0)).toMatchObject({ tokens: { scopes: [] } });
});

test("finds an error, also one that comes as a success", () => {
  const body = '{"error":"bad_refresh_token","error_description":"gone"}';
  expect(readTokenAnswer(body, 0)).toEqual({
    kind: "error",
    error: "bad_refresh_token",
    description: "gone",
  });
});

test.each([
  ["<h1>no</h1>"],
  [""],
  ["null"],
  ["[]"],
  ['"text"'],
  ["{}"],
  ['{"access_token":""}'],
  ['{"access_token":1}'],
])("makes nothing of %s", (body) => {
  expect(readTokenAnswer(body, 0)).toEqual({ kind: "unreadable" });
});

test.each([
  ["Bearer abc", "abc"],
  ["bearer  abc ", "abc"],
])("an access token %j is the bare one", (given, bare) => {
  const answer = readTokenAnswer(JSON.stringify({ access_token: given }), 0);
  expect(answer).toMatchObject({ kind: "granted", tokens: { accessToken: bare } });
});

test.each(["", " ", "a b", "a\r\nX: y", "\u001b", "Bearer "])("an access token %j is none", (given) => {
  expect(readTokenAnswer(JSON.stringify({ access_token: given }), 0)).toEqual({ kind: "unreadable" });
});
