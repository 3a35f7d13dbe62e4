import { expect, test } from "vitest";
import { showArguments } from "./show-arguments.js";

test("arguments are shown as JSON, without what looks like a secret", () => {
  const args = {
    path: "/etc/hosts",
    apiKey: "sk-123456",
    headers: { Authorization: ["Bearer abc"], accept: "*/*" },
    note: "Bearer abcdef",
    max_tokens: 5,
    passwords: { db: "x" },
    list: [null, true, 1.5],
  };
  expect(showArguments(args)).toMatchInlineSnapshot(`
    "{
      "path": "/etc/hosts",
      "apiKey": "*** (9 characters)",
      "headers": {
        "Authorization": [
          "*** (10 characters)"
        ],
        "accept": "*/*"
      },
      "note": "*** (13 characters)",
      "max_tokens": 5,
      "passwords": {
        "db": "*** (1 characters)"
      },
      "list": [
        null,
        true,
        1.5
      ]
    }"
  `);
});

test("what is too long is cut between two characters, and says so", () => {
  const shown = showArguments({ text: "ü".repeat(3_000) });
  const [head = "", tail] = shown.split("\n… ");
  expect(Buffer.byteLength(head)).toBeGreaterThan(2_040);
  expect(Buffer.byteLength(head)).toBeLessThanOrEqual(2_048);
  expect(head).toMatch(/ü$/);
  expect(tail).toBe(
    `(${Buffer.byteLength(JSON.stringify({ text: "ü".repeat(3_000) }, undefined, 2)) - Buffer.byteLength(head)} more bytes)`,
  );
});

test("characters that deceive the eye are spelled out", () => {
  expect(showArguments({ path: "a\u202etxt.exe\u0000\u200b" })).toBe(
    '{\n  "path": "a\\u202etxt.exe\\u0000\\u200b"\n}',
  );
});

test("no arguments are none", () => {
  expect(showArguments(undefined)).toBe("none");
  expect(showArguments(null)).toBe("null");
});
