import * as fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines } from "./line-diff.js";

const side = (text: string): { text: string; shown: string } => ({ text, shown: text });

test("shows what changed, and three lines around it", () => {
  const old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  expect(diffLines(side(old), side("1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n"))).toBe(`@@ -2,8 +2,9 @@
 2
 3
 4
-5
+five
 6
 7
 8
 9
+ten
`);
});

test("shows nothing where nothing changed, and all of a new text", () => {
  expect(diffLines(side("a\n"), side("a\n"))).toBe("");
  expect(diffLines(side(""), side("a\nb\n"))).toBe("@@ -0,0 +1,2 @@\n+a\n+b\n");
});

test("shows lines as they are to be shown, and still sees that they changed", () => {
  expect(
    diffLines({ text: "key = 1\n", shown: "key = *\n" }, { text: "key = 2\n", shown: "key = *\n" }),
  ).toBe("@@ -1,1 +1,1 @@\n-key = *\n+key = *\n");
});

test("what is taken out and put in makes one text of the other", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 })
    .map((lines) => lines.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(text, text, (old, now) => {
      expect(patch(old.split("\n").slice(0, -1), diffLines(side(old), side(now)))).toBe(now);
    }),
  );
});

/** Applies a difference, as `patch` does. */
function patch(old: readonly string[], diff: string): string {
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(0, -1)) {
    const [, first, count] = /^@@ -(\d+),(\d+) /.exec(line) ?? [];
    if (first !== undefined) {
      const start = Number(count) === 0 ? Number(first) : Number(first) - 1;
      result.push(...old.slice(at, start));
      at = start;
      continue;
    }
    if (line[0] !== "+") {
      if (line.slice(1) !== old[at]) throw new Error(`Line ${at} of the old text is another one`);
      at++;
    }
    if (line[0] !== "-") result.push(line.slice(1));
  }
  return [...result, ...old.slice(at)].map((line) => `${line}\n`).join("");
}
