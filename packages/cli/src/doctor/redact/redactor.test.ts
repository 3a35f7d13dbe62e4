import { describe, expect, test } from "vitest";
import { createRedactor, redactValue } from "./redactor.js";

const secret = 'hunter2/with "quotes" & more';

describe("a known secret", () => {
  const { redact } = createRedactor({ certain: [secret], possible: ["possible"] });
  test.each([
    ["as it is", secret],
    ["in JSON", JSON.stringify({ a: secret })],
    ["in an address", `https://x.invalid/?q=${encodeURIComponent(secret)}`],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["behind one byte in base64", Buffer.from(`:${secret}`).toString("base64")],
    ["behind two bytes in base64url", Buffer.from(`me:${secret}!!`).toString("base64url")],
  ])("is taken out %s", (_how, text) => {
    const redacted = redact(text);
    expect(redacted).toContain("***");
    const core = Buffer.from(secret).toString("base64").slice(4, 20);
    for (const part of ["hunter2", core]) expect(redacted).not.toContain(part);
  });
  test("leaves the rest, and what is only possible", () =>
    expect(redact("possible here")).toBe("possible here"));
});

describe("what looks like a secret", () => {
  const { redact, redactStrictly } = createRedactor({ certain: [], possible: ["maybe"] });
  test.each([
    ["Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"],
    ["see https://me:pass@host.invalid/x", "see https://***@host.invalid/x"],
    ["ssh://me@devbox", "ssh://me@devbox"],
    ["our token is accepted", "our token is accepted"],
    ['export FAR="$(ssh far cat executor.token)"', 'export FAR="$(ssh far cat executor.token)"'],
  ])("is masked for eyes: %s", (text, masked) => expect(redact(text)).toBe(masked));
  test.each([
    ["MY_TOKEN=abc123", "MY_TOKEN=***"],
    ["--api-key abc123 --port 80", "--api-key *** --port 80"],
    ['{"password":"abcd"}', '{"password":"***"}'],
    ["Cookie: a=b; c=d", "Cookie: ***"],
    ["maybe", "***"],
  ])("is masked for others: %s", (text, masked) => expect(redactStrictly(text)).toBe(masked));
});

test("texts in a value are redacted, and its own words are kept", () => {
  const { redact } = createRedactor({ certain: ["secret"], possible: [] });
  const value = { id: "secret", list: ["a secret", 1, null], deep: { text: "secret" } };
  expect(redactValue(value, redact, new Set(["id"]))).toEqual({
    id: "secret",
    list: ["a ***", 1, null],
    deep: { text: "***" },
  });
});

test("a text that is too short to be taken out everywhere stays", () => {
  expect(createRedactor({ certain: ["1"], possible: [] }).redact("port 81")).toBe("port 81");
});
