import { expect, test } from "vitest";
import { unifiedDiff } from "./unified-diff.js";

const lines = (...numbers: (number | string)[]): string => numbers.map((line) => `${line}\n`).join("");

test("a change is shown with three lines around it", () => {
  expect(
    unifiedDiff(lines(1, 2, 3, 4, 5, 6, 7, 8, 9), lines(1, 2, 3, 4, "five", 6, 7, 8, 9)),
  ).toMatchInlineSnapshot(`
    "@@ -2,7 +2,7 @@
     2
     3
     4
    -5
    +five
     6
     7
     8"
  `);
});

test("a new file has only additions", () => {
  expect(unifiedDiff("", "a\nb\n")).toBe("@@ -0,0 +1,2 @@\n+a\n+b");
});

test("a file that is emptied has only removals", () => {
  expect(unifiedDiff("a\nb\n", "")).toBe("@@ -1,2 +0,0 @@\n-a\n-b");
});

test("a missing line end is a difference", () => {
  expect(unifiedDiff("a\n", "a")).toBe("@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file");
});

test("added lines among equal ones are counted once", () => {
  expect(unifiedDiff("a\na\n", "a\na\na\n")).toBe("@@ -1,2 +1,3 @@\n a\n a\n+a");
});

test("equal texts have no difference", () => {
  expect(unifiedDiff("a\n", "a\n")).toBe("");
});
