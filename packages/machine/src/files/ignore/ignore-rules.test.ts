import { describe, expect, test } from "vitest";
import { parseIgnoreRules } from "./ignore-rules.js";

/** What a file with these lines says about a path; a `/` at its end makes it a folder. */
function decide(lines: string, path: string): "ignore" | "keep" | undefined {
  const isFolder = path.endsWith("/");
  return parseIgnoreRules(lines)?.decide((isFolder ? path.slice(0, -1) : path).split("/"), 0, isFolder);
}

describe("a line", () => {
  test.each([
    ["a name, at any depth", "build", "x/y/build", "ignore"],
    ["a name, and not part of one", "build", "rebuild", undefined],
    ["only folders with a slash at the end", "build/", "build", undefined],
    ["folders with a slash at the end", "build/", "x/build/", "ignore"],
    ["a slash at the beginning anchors", "/build", "x/build", undefined],
    ["a slash in the middle anchors", "a/b", "x/a/b", undefined],
    ["a path from where the file is", "a/b", "a/b", "ignore"],
    ["a star for any part of a name", "*.log", "x/y.log", "ignore"],
    ["a star not for a slash", "a/*", "a/b/c", undefined],
    ["a star for a leading dot", "*", ".hidden", "ignore"],
    ["a question mark for one character", "?.c", "ab.c", undefined],
    ["a question mark for one character", "?.c", "a.c", "ignore"],
    ["a range", "[a-c].o", "b.o", "ignore"],
    ["a range, negated", "[!a-c].o", "b.o", undefined],
    ["a range, negated", "[^a-c].o", "d.o", "ignore"],
    ["a range that begins with its end", "[]a]", "]", "ignore"],
    ["a range with a class", "[[:digit:]x]", "7", "ignore"],
    ["a range that is not closed matches nothing", "[a", "[a", undefined],
    ["two stars in front", "**/x", "a/b/x", "ignore"],
    ["two stars in front, with nothing there", "**/x", "x", "ignore"],
    ["two stars in the middle", "a/**/b", "a/x/y/b", "ignore"],
    ["two stars in the middle, with nothing there", "a/**/b", "a/b", "ignore"],
    ["two stars at the end: what is in it", "a/**", "a/b/c", "ignore"],
    ["two stars at the end: not the folder", "a/**", "a/", undefined],
    ["two stars beside other characters are one", "a**b", "axxb", "ignore"],
    ["two stars beside other characters do not cross a slash", "a**b", "a/b", undefined],
    ["a comment", "#x", "#x", undefined],
    ["an escaped number sign", "\\#x", "#x", "ignore"],
    ["an escaped exclamation mark", "\\!x", "!x", "ignore"],
    ["an escaped star", "a\\*", "ab", undefined],
    ["spaces at the end", "x   ", "x", "ignore"],
    ["an escaped space at the end", "x\\  ", "x ", "ignore"],
    ["a backslash at the end matches nothing", "x\\", "x\\", undefined],
    ["Windows line ends", "x\r\ny\r", "x", "ignore"],
    ["a byte order mark", "\u{feff}x", "x", "ignore"],
    ["letters beyond ASCII", "*.ü", "a.ü", "ignore"],
    ["case counts", "Build", "build", undefined],
    ["an empty line", "\n\n", "x", undefined],
    ["a slash alone", "/", "x", undefined],
  ])("%s: %j on %j", (_, lines, path, expected) => {
    expect(decide(lines, path)).toBe(expected);
  });

  test.each([
    ["*\n!*.c", "a.c", "keep"],
    ["*.c\n!a.c", "a.c", "keep"],
    ["!a.c\n*.c", "a.c", "ignore"],
    ["*.c\n!a.c\na.c", "a.c", "ignore"],
    ["x\n!x/", "x", "ignore"],
    ["x\n!x/", "x/", "keep"],
    ["/a/*\n!/a/b", "a/b", "keep"],
    ["!*.tar.gz\n*.gz", "a.tar.gz", "ignore"],
    ["*.gz\n!*.tar.gz", "a.tar.gz", "keep"],
  ])("the last one that matches counts: %j on %j", (lines, path, expected) => {
    expect(decide(lines, path)).toBe(expected);
  });
});

test("what is above the folder of the file does not count", () => {
  const rules = parseIgnoreRules("/b\nc/d");
  expect(rules?.decide(["a", "b"], 1, false)).toBe("ignore");
  expect(rules?.decide(["a", "b"], 0, false)).toBeUndefined();
  expect(rules?.decide(["c", "c", "d"], 1, false)).toBe("ignore");
});

test.each([
  ["stars in a name", `${"*a".repeat(40)}b`, "a".repeat(255)],
  ["stars in a path", `${"**/a/".repeat(40)}b`, Array.from({ length: 500 }, () => "a").join("/")],
  ["spaces in the middle of a line", `a${" ".repeat(400_000)}b`, "x"],
])("a hostile file costs little: %s", (_, lines, path) => {
  const startedAtMs = performance.now();
  for (let round = 0; round < 20; round += 1) decide(lines, path);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});

test("rules beyond what there is room for are left out, and names and suffixes need none of it", () => {
  const lines = ["*a*", "*b*", "*.log", "name", "*c*"].join("\n");
  const rules = parseIgnoreRules(lines, { rules: 10, wildcardUnits: 6 });
  expect(rules?.size).toEqual({ rules: 4, wildcardUnits: 6 });
  const decided = ["xax", "xbx", "x.log", "name", "xcx"].map((name) => rules?.decide([name], 0, false));
  expect(decided).toEqual(["ignore", "ignore", "ignore", "ignore", undefined]);
  expect(parseIgnoreRules("a\nb\nc", { rules: 2, wildcardUnits: 0 })?.size).toEqual({
    rules: 2,
    wildcardUnits: 0,
  });
});

test("a wildcard is compared as it was written, with everything escaped that a pattern may hold", () => {
  const pattern = "\\[*[!\\]a-c[:digit:]]\\*?";
  expect(decide(pattern, "[xd*e")).toBe("ignore");
  for (const name of ["[x]*e", "[xa*e", "[x7*e", "[xd*", "xd*e"])
    expect(decide(pattern, name)).toBeUndefined();
});
