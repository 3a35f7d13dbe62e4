import { describe, expect, test } from "vitest";
import { parseSince } from "./parse-since.js";
import { createRedactor } from "./redact.js";
import { showEntry } from "./show-entry.js";

describe("secrets in a log", () => {
  const redactor = createRedactor();
  const set = {
    API_TOKEN: "tok-123456",
    PLAIN: "debug mode",
    ROOT: "/srv/work/project-2026",
    OPAQUE: "a1b2c3d4e5f6a7b8c9d0e1",
    SIGNING_KEY: "-----BEGIN-----\nAAAABBBBCCCC\n-----END-----",
    SHORT_KEY: "abc",
    SMTP_PASS: "shortpw99",
    QUOTED_SECRET: 'quo"ted\\value',
    DATABASE: "postgres://me:p%40ssw0rd@db/x",
    HANDED: "plain words",
    HANDED_PEM: "-----BEGIN-----\nDDDDEEEEFFFF\n-----END-----",
    HANDED_PATH: "/srv/handed/over",
    HANDED_SHORT: "de_DE",
  };
  const handedOver = Object.keys(set).filter((name) => name.startsWith("HANDED"));
  redactor.learn("files", { set, handedOver });

  test.each([
    ["a value with a telling name", "got tok-123456!", "got ***!"],
    ["a value that looks like one", "id a1b2c3d4e5f6a7b8c9d0e1", "id ***"],
    ["a line of a key", "read AAAABBBBCCCC", "read ***"],
    ["a password called pass", "using shortpw99", "using ***"],
    ["a value with quotes", 'quo"ted\\value', "***"],
    ["a value with quotes in JSON", JSON.stringify({ a: 'quo"ted\\value' }), '{"a":"***"}'],
    ["a password of an address alone", "password p@ssw0rd refused", "password *** refused"],
    ["such a password as it is written", "at p%40ssw0rd", "at ***"],
    ["what was handed over", "got plain words", "got ***"],
    ["a line of what was handed over", "DDDDEEEEFFFF", "***"],
    ["a setting called pass", "DB_PASS=abcdef", "DB_PASS=***"],
    ["a token by its maker", "with ghp_0123456789abcdefghij", "with ***"],
    ["a bearer", "Authorization: Bearer eyJhbGciOi.abc", "Authorization: Bearer ***"],
    ["a password in an address", "postgres://me:hunter22@db/x", "postgres://me:***@db/x"],
    ["a member of JSON", '{"access_token": "xyzzy-1"}', '{"access_token": "***"}'],
    ["a setting", "api_key=abcdef123 next", "api_key=*** next"],
  ])("%s is masked", (_, text, expected) => {
    expect(redactor.clean("files", text)).toBe(expected);
  });

  test.each([
    "in debug mode",
    "open /srv/work/project-2026/a.txt",
    "abc",
    "open /srv/handed/over",
    "de_DE",
    "bypass=everything",
    "http://host:8080/path@x",
  ])("%j stays", (text) => {
    expect(redactor.clean("files", text)).toBe(text);
  });

  test("are those of one server", () => {
    expect(redactor.clean("web", "tok-123456")).toBe("tok-123456");
  });
});

test("a line says when, of whom, where and what, and cannot steer the terminal", () => {
  const entry = { server: "files", executor: "devbox", host: 4711, stream: "stderr" } as const;
  const time = new Date(2026, 10, 21, 9, 5, 3).toISOString();
  const shown = showEntry({ ...entry, time, text: "a\u001b[2J" }, { hasName: true });
  expect(shown).toBe("2026-11-21 09:05:03 files [devbox 4711] | a\ufffd[2J");
  expect(showEntry({ ...entry, time, stream: "event", text: "ready" }, { hasName: false })).toBe(
    "2026-11-21 09:05:03 [devbox 4711] ready",
  );
  const second = { ...entry, time, copy: 2, stream: "warning", text: "odd" } as const;
  expect(showEntry(second, { hasName: false })).toBe("2026-11-21 09:05:03 [devbox 4711#2] warning: odd");
});

describe("a time", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  test.each([
    ["90s", now - 90_000],
    ["10m", now - 600_000],
    ["1.5h", now - 5_400_000],
    ["2d", now - 172_800_000],
    ["2026-11-21T10:00:00Z", now - 7_200_000],
    ["2026-11-21T10:00", new Date(2026, 10, 21, 10).getTime()],
    ["2026-11-21", new Date(2026, 10, 21).getTime()],
  ])("%s is understood", (text, expected) => {
    expect(parseSince(text, now)).toBe(expected);
  });

  test.each(["", "soon", "10", "10 weeks", "2026", "2026-13-45"])("%j is none", (text) => {
    expect(parseSince(text, now)).toBeUndefined();
  });
});
