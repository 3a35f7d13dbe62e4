import { expect, test } from "vitest";
import { bearerChallenge } from "./bearer-challenge.js";

test("a bearer challenge tells metadata, scopes and error", () => {
  const header =
    'Basic realm="x", Bearer error="insufficient_scope", scope="a  b a", resource_metadata="https://a.example/m"';
  expect(bearerChallenge(header)).toEqual({
    error: "insufficient_scope",
    scopes: ["a", "b"],
    resourceMetadata: "https://a.example/m",
  });
});

test("of several bearer challenges the one with metadata counts", () => {
  expect(bearerChallenge(["Bearer", 'Bearer resource_metadata="https://a.example/m"'])).toEqual({
    resourceMetadata: "https://a.example/m",
  });
});

test("an empty scope is no scope, and another scheme no challenge", () => {
  expect(bearerChallenge('Bearer scope=" "')).toEqual({});
  expect(bearerChallenge("Negotiate")).toBeUndefined();
  expect(bearerChallenge(new Headers())).toBeUndefined();
});
