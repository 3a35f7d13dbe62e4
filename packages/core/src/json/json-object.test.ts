import { expect, test } from "vitest";
import { isJsonObject, parseJsonObject } from "./json-object.js";

test.each([{}, { a: 1 }, Object.create(null)])("%o is an object", (value) => {
  expect(isJsonObject(value)).toBe(true);
});

test.each([null, undefined, [], "{}", 1, true])("%o is none", (value) => {
  expect(isJsonObject(value)).toBe(false);
});

test("a text is parsed to an object, or to nothing", () => {
  expect(parseJsonObject(' {"a": [1]}\n')).toEqual({ a: [1] });
  for (const text of ["", "{", "[]", "null", '"a"', '{"a":1} x'])
    expect(parseJsonObject(text)).toBeUndefined();
});
