import { expect, test } from "vitest";
import { toGrantedTokens } from "./granted-tokens.js";

const facts = { tokenEndpoint: "https://as.example/token", sentAtMs: 1_000, secrets: ["s3cret/x"] };

function read(body: unknown, status = 200) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return toGrantedTokens({ status, text, body: undefined }, facts);
}

test.each([
  [
    "as the book has it",
    { token_type: "Bearer", expires_in: 60, refresh_token: "r", scope: "a b" },
    { expiresAtMs: 61_000, refreshToken: "r", scopes: ["a", "b"] },
  ],
  ["no expires_in", {}, { expiresAtMs: undefined, scopes: undefined, refreshToken: undefined }],
  ["an expires_in in quotes", { expires_in: "60" }, { expiresAtMs: 61_000 }],
  ["an expires_in that is no number", { expires_in: "soon" }, { expiresAtMs: undefined }],
  ["an expires_in that is null", { expires_in: null }, { expiresAtMs: undefined }],
  ["one that is over", { expires_in: 0 }, { expiresAtMs: 1_000 }],
  ["a type in another case", { token_type: "bEARER" }, { tokenType: "Bearer" }],
  ["a type of its own", { token_type: "user" }, { tokenType: "Bearer" }],
  [
    "odd members",
    { refresh_token: 5, scope: 7, id_token: "x" },
    { refreshToken: undefined, scopes: undefined },
  ],
])("tokens with %s are taken", (_, members, expected) => {
  expect(read({ access_token: "a", ...members })).toMatchObject({
    accessToken: "a",
    tokenType: "Bearer",
    ...expected,
  });
});

const refused = { code: "unauthenticated", reason: "oauth_token_refused" };
const passing = { code: "unavailable", reason: "http_status" };
const strange = { code: "protocol", reason: "oauth_answer_invalid" };

test.each([
  ["an error", { error: "invalid_grant" }, 400, refused],
  ["an error under 200", { error: "bad_verification_code" }, 200, refused],
  ["invalid_grant under 500", { error: "invalid_grant" }, 500, refused],
  ["HTML 500", "<html>", 500, passing],
  ["too many requests", { error: "rate_limited" }, 429, passing],
  ["a page", "<html>", 200, strange],
  ["an array", [], 200, strange],
  ["no access token", { token_type: "Bearer" }, 200, strange],
  ["an empty access token", { access_token: "" }, 200, strange],
  ["a token that has to be proven", { access_token: "a", token_type: "DPoP" }, 200, strange],
  ["a redirect", "", 302, strange],
])("%s is no token", (_, body, status, expected) => {
  expect(() => read(body, status)).toThrow(expect.objectContaining(expected));
});

test("a complaint that repeats our secrets is told without them", () => {
  const body = { error: "invalid_client", error_description: "got s3cret/x and s3cret%2Fx" };
  expect(() => read(body, 401)).toThrow(/got … and …/);
});
