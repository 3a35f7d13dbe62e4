import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDottedKey, parseDottedKey, readDottedKey } from "./dotted-key.js";

test.each<[text: string, path: string[] | undefined]>([
  ["a", ["a"]],
  ["mcp_servers.files.enabled", ["mcp_servers", "files", "enabled"]],
  [`a."b.c".'d]'`, ["a", "b.c", "d]"]],
  [`a . "b\\"\\u0041" `, ["a", 'b"A']],
  ["http_headers.X-Größe", ["http_headers", "X-Größe"]],
  [`""`, [""]],
  ["", undefined],
  ["a.", undefined],
  [".a", undefined],
  ["a..b", undefined],
  ["a b", undefined],
  [`a."b`, undefined],
  [`"a\\q"`, undefined],
  ['"a\nb"', undefined],
  ["a=1", undefined],
])("%j is the key %j", (text, path) => {
  expect(parseDottedKey(text)).toEqual(path);
});

test("a key ends where its = is, also where more of them follow", () => {
  expect(readDottedKey(`a."b=c" = d=e`)).toEqual({ path: ["a", "b=c"], end: 8 });
});

test("every path is written as a key that reads as that path", () => {
  const segment = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "grapheme-ascii" }),
    fc.constantFrom("__proto__", "a.b", "'", '"', "=", " ", "\u007f", "\\"),
  );
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (path) => {
      expect(parseDottedKey(formatDottedKey(path))).toEqual(path);
    }),
  );
});

test("no text makes reading a key fail otherwise than by saying that it is none", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const key = readDottedKey(text);
      expect(key === undefined || key.path.length > 0).toBe(true);
    }),
  );
});
