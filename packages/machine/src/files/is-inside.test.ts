import { posix } from "node:path";
import { fromPathUri, toPathUri } from "@fairlead/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isInside } from "./is-inside.js";

test.each([
  ["/a", "/a", true],
  ["/a", "/a/b/c", true],
  ["/a", "/ab", false],
  ["/a", "/", false],
  ["/a/b", "/a", false],
  ["/", "/anything", true],
  ["/a", "/A", false],
])("POSIX: in %s lies %s: %s", (folder, path, expected) => {
  expect(isInside(folder, path, "posix")).toBe(expected);
});

test.each([
  ["C:\\a", "C:\\a", true],
  ["C:\\a", "c:\\A\\b", true],
  ["C:\\a", "C:\\ab", false],
  ["C:\\", "C:\\a", true],
  ["C:\\", "D:\\a", false],
  ["\\\\srv\\share", "\\\\srv\\share\\x", true],
  ["\\\\srv\\share", "\\\\srv\\share2", false],
])("Windows: in %s lies %s: %s", (folder, path, expected) => {
  expect(isInside(folder, path, "windows")).toBe(expected);
});

test("whatever a URI is made of, it is inside exactly where the path that it means is", () => {
  const part = fc.oneof(
    fc.constantFrom("..", ".", "", "%2e%2e", "%2E.", "root", "roots", "a", "b"),
    fc
      .string({ maxLength: 6, unit: "grapheme" })
      .map((text) => encodeURIComponent(text.replaceAll(/[:\\/\0]/g, ""))),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const native = fromPathUri(`file:///${parts.join("/")}`, "posix");
      const trimmed = native.length > 1 ? native.replace(/\/$/, "") : native;
      expect(trimmed).toBe(posix.normalize(trimmed));
      const relative = posix.relative("/root", trimmed);
      const expected = relative === "" || !/^\.\.(?:\/|$)/.test(relative);
      expect(isInside("/root", trimmed, "posix")).toBe(expected);
      expect(fromPathUri(toPathUri(trimmed, "posix"), "posix")).toBe(trimmed);
    }),
    { numRuns: 2_000 },
  );
});
