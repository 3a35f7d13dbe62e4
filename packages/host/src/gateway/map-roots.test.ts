import { createPathMap } from "@fairlead/core";
import { type ScannedRequest, scanMessage } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { mapRoots } from "./map-roots.js";

const pathMap = createPathMap([{ host: "/home/me/p", executor: "C:\\src\\p" }]);
const question = requestOf("roots/list");

function requestOf(method: string): ScannedRequest {
  const scanned = scanMessage(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method })));
  if (scanned.kind !== "request") throw new Error("It is no request");
  return scanned;
}

function mapped(text: string, request = question): { text: string; warnings: readonly string[] } {
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const answer = mapRoots(request, { kind: "result", result: Buffer.from(text) }, { pathMap, warn });
  return { text: answer.kind === "result" ? answer.result.toString() : "", warnings };
}

test("roots are told in the spelling of the other machine, and all else keeps its bytes", () => {
  const text =
    '{ "a":1e2, "roots":[{"name":"p", "uri":"file:\\/\\/\\/home/me/p/x%20y","_meta":{ "k":[ ]}}] }';
  expect(mapped(text)).toEqual({
    text: '{ "a":1e2, "roots":[{"name":"p", "uri":"file:///C:/src/p/x%20y","_meta":{ "k":[ ]}}] }',
    warnings: [],
  });
});

test("a root that the other machine cannot see is left out, and told", () => {
  const { text, warnings } = mapped('{"roots":[{"uri":"file:///etc"},{"uri":"file:///home/me/p"}]}');
  expect(text).toBe('{"roots":[{"uri":"file:///C:/src/p"}]}');
  expect(warnings).toEqual([expect.stringContaining("file:///etc")]);
});

test.each([
  '{"roots":[{"uri":"git://example.com/x"},{"name":"none"},7]}',
  '{"roots":{}}',
  '{"roots":[]}',
  "{}",
])("%s stays as it is", (text) => {
  expect(mapped(text)).toEqual({ text, warnings: [] });
});

test("answers to other questions, and errors, stay as they are", () => {
  const text = '{"roots":[{"uri":"file:///home/me/p"}]}';
  expect(mapped(text, requestOf("sampling/createMessage")).text).toBe(text);
  const error = { kind: "error", error: Buffer.from("{}") } as const;
  expect(mapRoots(question, error, { pathMap, warn: () => {} })).toBe(error);
});
