import { describe, expect, test } from "vitest";
import { readHeaderParams } from "./header-annotations.js";
import { createToolHeaders } from "./tool-headers.js";

const header = (name: unknown, type: unknown = "string") => ({ type, "x-mcp-header": name });
const schema = (properties: object) => ({ type: "object", properties });
const page = (tools: readonly object[]) =>
  Buffer.from(JSON.stringify({ resultType: "complete", tools, ttlMs: 1 }));
const call = (name: string, args?: object) => Buffer.from(JSON.stringify({ name, arguments: args }));

describe("the annotations of a schema", () => {
  test("are found at every depth of properties", () => {
    const nested = schema({
      a: header("Region"),
      b: schema({ c: header("x-Deep", "integer") }),
      d: header("D", "boolean"),
    });
    expect(readHeaderParams(nested)).toEqual([
      { path: ["a"], header: "Mcp-Param-Region" },
      { path: ["b", "c"], header: "Mcp-Param-x-Deep" },
      { path: ["d"], header: "Mcp-Param-D" },
    ]);
  });

  test.each<[string, object]>([
    ["is empty", schema({ a: header("") })],
    ["is no text", schema({ a: header(1) })],
    ["has a space", schema({ a: header("My Region") })],
    ["has a colon", schema({ a: header("a:b") })],
    ["has a tab", schema({ a: header("a\tb") })],
    ["has a line break", schema({ a: header("a\r\nb") })],
    ["is not ASCII", schema({ a: header("Région") })],
    ["is used twice", schema({ a: header("Region"), b: schema({ c: header("rEGION") }) })],
    ["stands on a number", schema({ a: header("A", "number") })],
    ["stands on an object", schema({ a: header("A", "object") })],
    ["stands on an array", schema({ a: header("A", "array") })],
    ["stands on null", schema({ a: header("A", "null") })],
    ["stands on several types", schema({ a: header("A", ["string", "null"]) })],
    ["stands on no type", schema({ a: { "x-mcp-header": "A" } })],
    ["stands on the schema itself", { ...schema({}), "x-mcp-header": "A" }],
    ["stands on items", schema({ a: { type: "array", items: header("A") } })],
    ["stands below items", schema({ a: { type: "array", items: schema({ b: header("A") }) } })],
    ["stands in anyOf", schema({ a: { anyOf: [{ type: "null" }, header("A")] } })],
    ["stands in a definition", { ...schema({}), $defs: { x: schema({ a: header("A") }) } }],
    ["stands in else", { ...schema({}), if: {}, else: schema({ a: header("A") }) }],
  ])("that %s makes the tool invalid", (_, invalid) => {
    expect(readHeaderParams(invalid)).toEqual({ problem: expect.stringContaining("x-mcp-header") });
  });

  test.each([
    undefined,
    true,
    null,
    "x",
    schema({ "x-mcp-header": { type: "string" } }),
    { examples: [{ "x-mcp-header": "" }] },
  ])("are none in %j", (plain) => expect(readHeaderParams(plain)).toEqual([]));
});

describe("the tools of a page", () => {
  test("keep their bytes where all are valid", () => {
    const raw = page([{ name: "t", inputSchema: schema({ a: header("A") }) }, { name: "u" }]);
    expect(createToolHeaders(() => {}).observe(raw)).toBe(raw);
  });

  test("are shown without an invalid one, which is told with its name and reason", () => {
    const warnings: string[] = [];
    const tools = createToolHeaders((text) => warnings.push(text));
    const bad = { name: "bad", inputSchema: schema({ a: header("") }) };
    const good = { name: "good", x: 1.5 };
    expect(JSON.parse(tools.observe(page([bad, good, bad])).toString())).toEqual({
      resultType: "complete",
      tools: [good],
      ttlMs: 1,
    });
    expect(warnings[0]).toContain('"bad"');
    expect(JSON.parse(tools.observe(page([bad])).toString())).toMatchObject({ tools: [] });
  });
});

describe("the headers of a call", () => {
  const properties = {
    s: header("S"),
    i: header("I", "integer"),
    b: header("B", "boolean"),
    o: schema({ deep: header("Deep") }),
    plain: { type: "string" },
  };
  const tools = createToolHeaders(() => {});
  tools.observe(page([{ name: "t", inputSchema: schema(properties) }, { name: "bare" }]));

  test.each<[object | undefined, object]>([
    [
      { s: "us-west1", i: 42, b: false, o: { deep: "x" }, plain: "y" },
      { S: "us-west1", I: "42", B: "false", Deep: "x" },
    ],
    [
      { s: "Hello, 世界", i: -7 },
      { S: "=?base64?SGVsbG8sIOS4lueVjA==?=", I: "-7" },
    ],
    [{ s: " padded " }, { S: "=?base64?IHBhZGRlZCA=?=" }],
    [{ s: "line1\nline2" }, { S: "=?base64?bGluZTEKbGluZTI=?=" }],
    [{ s: "=?base64?literal?=" }, { S: "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=" }],
    [
      { s: "a b", i: 42.0 },
      { S: "a b", I: "42" },
    ],
    [{ s: null, i: 2 ** 53, b: {}, o: null }, {}],
    [undefined, {}],
  ])("for %j are %j", (args, expected) => {
    const named = Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [`Mcp-Param-${name}`, value]),
    );
    expect(tools.headersOf(call("t", args))).toEqual(named);
  });

  test("are none for a tool without annotations, and unknown for a tool that no list showed", () => {
    expect(tools.headersOf(call("bare", { s: "x" }))).toEqual({});
    expect(tools.headersOf(call("other", {}))).toBeUndefined();
  });
});
