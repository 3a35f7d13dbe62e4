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
  expect(errorCodeOf(buildErrorResponse({ idRaw: "1", code: -32_021, message: "" }))).toBe(-32_021);
  expect(errorCodeOf(raw('{"id":1,"error":{"code":"no"}}'))).toBeUndefined();
  expect(errorCodeOf(buildResult({ idRaw: "1", resultRaw: raw('{"error":{"code":1}}') }))).toBeUndefined();
});
