import { expect, test } from "vitest";
import { addEnvelope, adoptEnvelope } from "./request-envelope.js";

const envelope = { protocolVersion: "2026-07-28", clientInfo: { name: "a" }, capabilities: {} };
const P = "io.modelcontextprotocol/";
const ours = `"${P}protocolVersion":"2026-07-28","${P}clientInfo":{"name":"a"},"${P}clientCapabilities":{}`;

test.each([
  [undefined, `{"_meta":{${ours}}}`],
  ["{}", `{"_meta":{${ours}}}`],
  ['{"a":1.0, "b":2}', `{"_meta":{${ours}},"a":1.0, "b":2}`],
  ['{"a":1,"_meta":{}}', `{"a":1,"_meta":{${ours}}}`],
  ['{"_meta": {"x": 1e2} ,"a":1}', `{"_meta": {${ours},"x": 1e2} ,"a":1}`],
  [`{"_meta":{"${P}clientInfo":7,"x":1}}`, `{"_meta":{${ours},"x":1}}`],
  [`{"_meta":{"x":1,"io.modelcontextprotocol\\u002fclientInfo":7}}`, `{"_meta":{${ours},"x":1}}`],
  [`{"_meta":{"${P}logLevel":"info"}}`, `{"_meta":{${ours},"${P}logLevel":"info"}}`],
  ['{"_meta":null}', `{"_meta":{${ours}}}`],
  ["[1]", "[1]"],
])("%s becomes %s", (params, expected) => {
  const raw = params === undefined ? undefined : Buffer.from(params);
  expect(addEnvelope(raw, envelope).toString()).toBe(expected);
});

test("a log level of ours replaces the caller's", () => {
  const raw = Buffer.from(`{"_meta":{"${P}logLevel":"info"}}`);
  const text = addEnvelope(raw, { ...envelope, logLevel: "error" }).toString();
  expect(text).toBe(`{"_meta":{${ours},"${P}logLevel":"error"}}`);
});

test("an envelope of the revision that was agreed on is adopted as it is", () => {
  const raw = Buffer.from(`{"_meta":{"${P}protocolVersion":"2026-07-28", "x":1.0}}`);
  expect(adoptEnvelope(raw, "2026-07-28")).toBe(raw);
});

test.each([
  [
    `{"_meta":{"${P}protocolVersion":"2027-01-01", "x":1.0}}`,
    `{"_meta":{"${P}protocolVersion":"2026-07-28", "x":1.0}}`,
  ],
  ['{"_meta":{"x":1}}', undefined],
  ["{}", undefined],
])("an envelope in %s is adopted as %s", (params, expected) => {
  expect(adoptEnvelope(Buffer.from(params), "2026-07-28")?.toString()).toBe(expected);
});
