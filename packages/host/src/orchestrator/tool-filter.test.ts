import { expect, test } from "vitest";
import { createToolFilter } from "./tool-filter.js";

const all = ["read_file", "read.text", "x[1]", "write_file", "delete*", "", "Zürich😀", "two\nlines"];

test.each<
  [
    name: string,
    enabled: readonly string[] | undefined,
    disabled: readonly string[],
    allowed: readonly string[],
  ]
>([
  ["nothing configured", undefined, [], all],
  ["an empty list of enabled tools", [], [], []],
  ["names", ["read_file", "write_file"], [], ["read_file", "write_file"]],
  ["a star", ["read*"], [], ["read_file", "read.text"]],
  ["a question mark, which is one character of any script", ["Zürich?"], [], ["Zürich😀"]],
  ["disabled after enabled", ["*_file"], ["write*"], ["read_file"]],
  ["disabled alone", undefined, ["*"], []],
  ["brackets, which are brackets", ["x[1]"], [], ["x[1]"]],
  ["a dot, which is a dot", ["read.*"], [], ["read.text"]],
  [
    "characters that mean something in patterns",
    ["[r]ead_file", "(read_file)", "read_file|x", "^read_file$"],
    [],
    [],
  ],
  ["a part of a name, which is not the name", ["read"], [], []],
  ["a star across lines", ["two*lines"], [], ["two\nlines"]],
  ["other letters of case", ["READ_FILE"], [], []],
])("%s", (_, enabledTools, disabledTools, allowed) => {
  const allows = createToolFilter({ enabledTools, disabledTools });
  expect(all.filter(allows)).toEqual(allowed);
});

test("a pattern with many stars answers at once", () => {
  const allows = createToolFilter({ enabledTools: [`${"*a".repeat(8)}b`], disabledTools: [] });
  const startedAtMs = performance.now();
  expect(allows("a".repeat(70))).toBe(false);
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
});
