import { expect, test } from "vitest";
import { findJsonMistake } from "./json-syntax.js";

test.each<[text: string, offset: number | undefined]>([
  ['{"a": [1, -2.5e+3, true, false, null, "\\u00e9\\n\u0085"], "": {}}\n', undefined],
  ["[]", undefined],
  ["", 0],
  ["{,}", 1],
  ["[1,]", 3],
  ["[1 2]", 3],
  ['{"a" 1}', 5],
  ["{'a': 1}", 1],
  ['{"a": 01}', 7],
  ['{"a": "x\ny"}', 6],
  ['"\\x"', 0],
  ["{} {}", 3],
  ['{"a": // c\n1}', 6],
])("%j goes wrong at %j", (text, offset) => {
  expect(isJson(text)).toBe(offset === undefined);
  expect(findJsonMistake(text)).toBe(offset);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
