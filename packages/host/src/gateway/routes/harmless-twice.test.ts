import { expect, test } from "vitest";
import { isHarmlessTwice } from "./harmless-twice.js";

test.each([
  ['{"name":"a","annotations":{"idempotentHint":true}}', true],
  ['{"annotations":{"readOnlyHint":true,"destructiveHint":false},"name":"a"}', true],
  ['{"name":"a","annotations":{"readOnlyHint":false,"idempotentHint":false}}', false],
  ['{"name":"a","annotations":{"readOnlyHint":"true","idempotentHint":1}}', false],
  ['{"name":"a","readOnlyHint":true}', false],
  ['{"name":"a","annotations":null}', false],
  ['{"name":"a"}', false],
])("%s: %j", (tool, isHarmless) => {
  expect(isHarmlessTwice(Buffer.from(tool))).toBe(isHarmless);
});
