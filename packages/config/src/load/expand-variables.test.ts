import { expect, test } from "vitest";
import { expandVariables } from "./expand-variables.js";

test("what never ends is text, and is looked through once", () => {
  // Once for each beginning it would take minutes.
  const text = "${".repeat(1_000_000);
  expect(expandVariables(text, {})).toEqual({ text });
  expect(expandVariables(`\${A}${text}`, { A: "a" })).toEqual({ text: `a${text}` });
});

test("a beginning inside of another is no variable", () => {
  expect(expandVariables("${${A}}", { A: "a" })).toEqual({
    problem: expect.stringMatching(/^\$\{\$\{A\} cannot be filled in/) as string,
  });
});

test("a default may have a dollar sign in it", () => {
  expect(expandVariables("${A:-$b}c", {})).toEqual({ text: "$bc" });
});
