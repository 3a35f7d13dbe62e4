import { expect, test } from "vitest";
import { definitionOf } from "../gateway/test-support/scripted-server.js";
import { configuredChanges, presentTool } from "./present-tool.js";

const present = (raw: string, changes: Parameters<typeof presentTool>[1]): string =>
  presentTool(Buffer.from(raw), changes).toString();

test.each([
  ['{ "x": 1e400, "name" : "a" }', { name: "s__a" }, '{ "x": 1e400, "name" : "s__a" }'],
  ['{"name":"a","description":"old"}', { description: 'n"w' }, '{"name":"a","description":"n\\"w"}'],
  ['{"name":"a"}', { description: "new" }, '{"description":"new","name":"a"}'],
  ['{"name":"a","description":null}', { description: "new" }, '{"name":"a","description":"new"}'],
  ['{"name":"a"}', { meta: { k: true } }, '{"_meta":{"k":true},"name":"a"}'],
  ['{"name":"a","_meta":{}}', { meta: { k: true } }, '{"name":"a","_meta":{"k":true}}'],
  ['{"name":"a","_meta":{ "b": 1.0 }}', { meta: { k: 1 } }, '{"name":"a","_meta":{"k":1, "b": 1.0 }}'],
  ['{"name":"a","_meta":{"k":2}}', { meta: { k: 1 } }, '{"name":"a","_meta":{"k":2}}'],
  ['{"name":"a","_meta":null}', { meta: { k: 1 } }, '{"name":"a","_meta":{"k":1}}'],
  [
    '{"name":"a"}',
    { name: "b", description: "d", meta: { k: 1 } },
    '{"description":"d","_meta":{"k":1},"name":"b"}',
  ],
])("%s with %j", (raw, changes, expected) => {
  expect(present(raw, changes)).toBe(expected);
});

test("without changes it is the very same buffer", () => {
  const raw = Buffer.from('{"name":"a"}');
  expect(presentTool(raw, configuredChanges(definitionOf("s"), "a"))).toBe(raw);
});

test("configuration tells only what is unlike the usual", () => {
  const definition = definitionOf("s", {
    tools: { a: { description: "d" } },
    supportsParallelToolCalls: false,
    context: "local",
  });
  expect(configuredChanges(definition, "a")).toEqual({
    description: "d",
    meta: { "fairlead/supportsParallelToolCalls": false, "fairlead/context": "local" },
  });
  expect(
    configuredChanges(definitionOf("s", { supportsParallelToolCalls: true, context: "external" }), "a"),
  ).toEqual({
    description: undefined,
    meta: undefined,
  });
});
