import { buildErrorResponse, buildNotification, buildRequest, buildResult } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { errorCodeOf, messageKind } from "./message-kind.js";

const raw = (text: string): Buffer => Buffer.from(text);
const resultRaw = raw("{}");

test.each([
  ["its answer", buildResult({ idRaw: "7", resultRaw }), "answer"],
  ["its failed answer", buildErrorResponse({ idRaw: "7", code: 1, message: "" }), "answer"],
  ["the answer to a text that looks like it", buildResult({ idRaw: '"7"', resultRaw }), "awaited"],
  ["the answer to a longer number", buildResult({ idRaw: "77", resultRaw }), "awaited"],
  ["a question with its id", buildRequest({ idRaw: "7", method: "roots/list" }), "awaited"],
  ["a notification", buildNotification({ method: "notifications/message" }), "notification"],
  ["its answer in another order", raw('{"result":{}, "id": 7, "jsonrpc":"2.0"}'), "answer"],
  ["a question in another order", raw('{"method":"ping","id":7}'), "awaited"],
  ["a notification in another order", raw('{ "params":{"id":7},"method":"x"}'), "notification"],
])("seen from request 7, %s is told apart", (_what, message, kind) => {
  expect(messageKind(message, raw("7"))).toBe(kind);
});

test("without a request nothing is an answer to it", () => {
  expect(messageKind(buildResult({ idRaw: "7", resultRaw }))).toBe("awaited");
});

test("the code of a failed answer is found, and nothing in others", () => {
  const id = raw("1");
  expect(errorCodeOf(buildErrorResponse({ idRaw: id, code: -32_021, message: "" }), id)).toBe(-32_021);
  expect(errorCodeOf(raw('{"id":1,"error":{"code":"no"}}'), id)).toBeUndefined();
  expect(errorCodeOf(buildResult({ idRaw: id, resultRaw: raw('{"error":{"code":1}}') }), id)).toBeUndefined();
});

test("the code of a result built in the usual way is not looked for in the whole of it", () => {
  // Whoever reads to its end takes this one for a failure.
  const both = raw('{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":7}}');
  expect(errorCodeOf(both, raw("2"))).toBe(7);
  expect(errorCodeOf(both, raw("1"))).toBeUndefined();
});
