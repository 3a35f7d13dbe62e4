import { expect, test } from "vitest";
import { createPaint } from "./paint.js";

const red = "\u001b[31mx\u001b[39m";

test.each<[isTerminal: boolean, env: Record<string, string>, shown: string]>([
  [true, {}, red],
  [true, { TERM: "xterm-256color", NO_COLOR: "" }, red],
  [true, { NO_COLOR: "1" }, "x"],
  [true, { TERM: "dumb" }, "x"],
  [true, { FORCE_COLOR: "0" }, "x"],
  [true, { FORCE_COLOR: "false" }, "x"],
  [false, {}, "x"],
  [false, { FORCE_COLOR: "1" }, red],
  [false, { FORCE_COLOR: "", TERM: "dumb" }, red],
  [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, red],
])("on a terminal: %s, with %j, it is %j", (isTerminal, env, shown) => {
  expect(createPaint({ isTerminal, env }).bad("x")).toBe(shown);
});

test("nothing at all gets no colour", () => {
  expect(createPaint({ isTerminal: true, env: {} }).good("")).toBe("");
});
