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
    ["DB_PASS=hunter2", "DB_PASS=***"],
    ["pass: hunter2", "pass: ***"],
    ["Server=db;Uid=sa;Pwd=hunter2;", "Server=db;Uid=sa;Pwd=***;"],
    ["got ghp_0123456789abcdefghij.", "got ***"],
    ["using key=sk-ant-api03-abcdefgh now", "using key=*** now"],
    ["id AKIAIOSFODNN7EXAMPLE", "id ***"],
    ["jwt (eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0)", "jwt (***)"],
    ["use 9f86d081884c7d659a2f, then", "use ***, then"],
    ["https://x/mcp?k=zzzsecret99zzzsecret99", "https://x/mcp?k=***"],
    ["2026-11-21T22:01:00.000Z ready", "2026-11-21T22:01:00.000Z ready"],
    ["npx server-filesystem-2026.8.31", "npx server-filesystem-2026.8.31"],
    ["open /srv/work/modules/index.js:12:3", "open /srv/work/modules/index.js:12:3"],
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

test("a secret of several lines is taken out line by line, but for short ones", () => {
  const key = "-----BEGIN X-----\nAAAABBBBCCCC\r\nshort\n-----END X-----\n";
  const { redact } = createRedactor({ certain: [key], possible: [] });
  expect(redact("[log] AAAABBBBCCCC")).toBe("[log] ***");
  expect(redact("a short one")).toBe("a short one");
});

test.each([
  "a",
  "a-",
  "token",
  "token ",
  "pass",
  "://",
  "://a:",
  "Bearer ",
  "eyJ",
  "eyJaaaaaaaa",
  "sk-",
  "a:",
  '"',
])("a long text of nothing but %j takes no time to speak of", (part) => {
  const { redactStrictly } = createRedactor({ certain: [], possible: [] });
  const [short, long] = [20_000, 200_000].map((size) => {
    const text = part.repeat(size / part.length);
    const startedAt = process.cpuUsage().user;
    for (let count = 0; count < 200_000 / size; count += 1) redactStrictly(text);
    return process.cpuUsage().user - startedAt;
  });
  // What grows with the square of its length takes ten times as long in one piece.
  expect(long ?? 0).toBeLessThan(5 * (short ?? 0) + 200_000);
});
