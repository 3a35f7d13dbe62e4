import { expect, test } from "vitest";
import { isJsonType, readAcceptedTypes } from "./accepted-types.js";

test.each([
  [undefined, true, true],
  ["", true, true],
  ["*/*", true, true],
  ["application/json, text/event-stream", true, true],
  ["Application/JSON;q=0.9", true, false],
  ["text/*", false, true],
  ["application/json;q=0, */*;q=0.1", true, true],
  ["text/event-stream; q=0", false, false],
  ["text/html", false, false],
])("Accept %j takes JSON: %s, events: %s", (header, json, events) => {
  expect(readAcceptedTypes(header)).toEqual({ json, events });
});

test.each([
  ["application/json", true],
  ["Application/Json; charset=utf-8", true],
  ["application/json-seq", false],
  ["text/plain", false],
  [undefined, false],
])("Content-Type %j says JSON: %s", (header, expected) => {
  expect(isJsonType(header)).toBe(expected);
});
