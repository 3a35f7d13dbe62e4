import { expect, test } from "vitest";
import {
  flagArgument,
  numberArgument,
  requireTextArgument,
  requireTextsArgument,
  textArgument,
  textMapArgument,
} from "./arguments.js";

test("arguments of the right type are read, and null is nothing", () => {
  const args = { text: "a", flag: false, count: 7, list: ["a", "b"], map: { a: "b" }, none: null };
  expect(textArgument(args, "text")).toBe("a");
  expect(flagArgument(args, "flag")).toBe(false);
  expect(numberArgument(args, "count", { min: 0, max: 5 })).toBe(5);
  expect(requireTextsArgument(args, "list")).toEqual(["a", "b"]);
  expect(textMapArgument(args, "map")).toEqual({ a: "b" });
  for (const read of [textArgument, flagArgument, textMapArgument])
    expect(read(args, "none")).toBeUndefined();
});

test.each([
  [() => textArgument({ a: 1 }, "a"), "The argument a has to be a text, got number"],
  [() => requireTextArgument({}, "a"), "The argument a is missing"],
  [() => flagArgument({ a: "true" }, "a"), "The argument a has to be true or false, got string"],
  [
    () => numberArgument({ a: 1.5 }, "a", { min: 0, max: 9 }),
    "The argument a has to be a whole number, got number",
  ],
  [() => requireTextsArgument({ a: "ls -l" }, "a"), "The argument a has to be a list of texts, got string"],
  [() => requireTextsArgument({ a: [] }, "a"), "The argument a is missing"],
  [() => requireTextsArgument({ a: ["ls", 1] }, "a"), "The argument a has to be a list of texts, got a list"],
  [() => textMapArgument({ a: { b: 1 } }, "a"), "The argument a has to be an object of texts, got object"],
])("%#: %s", (read, message) => {
  expect(read).toThrow(expect.objectContaining({ code: "usage", effect: "none", message }));
});
