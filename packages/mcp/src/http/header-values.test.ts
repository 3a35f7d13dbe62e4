import { expect, test } from "vitest";
import { decodeHeaderValue, encodeHeaderValue } from "./header-values.js";

test.each([
  ["add", "add"],
  ["", ""],
  ["two words; x=1", "two words; x=1"],
  [" lead", "=?base64?IGxlYWQ=?="],
  ["trail ", "=?base64?dHJhaWwg?="],
  ["a\tb", "=?base64?YQli?="],
  ["a\r\nX: 1", "=?base64?YQ0KWDogMQ==?="],
  ["ü", "=?base64?w7w=?="],
  ["=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="],
])("%j is written as %j", (text, expected) => {
  expect(encodeHeaderValue(text)).toBe(expected);
  expect(decodeHeaderValue(expected)).toBe(text);
});

test.each(["=?base64?YQ=?=", "=?base64?Y!Q==?=", "=?base64?/w==?="])("%j is no value of ours", (value) => {
  expect(decodeHeaderValue(value)).toBeUndefined();
});
