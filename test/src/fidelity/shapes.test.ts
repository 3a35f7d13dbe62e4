import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectText } from "./support/expect-text.js";
import { allFaces, type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { play, respond, scriptedServer } from "./support/script.js";

const tool = `{"name":"script","title":"T","inputSchema":{"type":"object","$defs":{"a":{"$anchor":"x"}},"if":{},"then":{"x":1.50}},"icons":[{"src":"data:,","sizes":["any"],"odd":0}],"annotations":{"readOnlyHint":true,"vendor/x":[]},"execution":{"taskSupport":"optional"},"outputSchema":{"type":["object","null"]},"_meta":{"vendor/deep":{"n":1e2}},"vendor":{"keep":null}}`;
const initializeResult = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true,"odd":1},"experimental":{"vendor/x":{"on":true}},"vendor/top":{"a":[1]},"resources":{"subscribe":true},"logging":{},"prompts":{},"completions":{}},"serverInfo":{"name":"odd","version":"1","title":"Odd","websiteUrl":"https://example.org","icons":[],"vendor":1},"instructions":"Be \\u00e9xact.","_meta":{"x/y":1},"vendorTop":{"keep":true}}`;
const answers = {
  initialize: initializeResult,
  "tools/list": `{"tools":[${tool}],"nextCursor":"p 2/ü","_meta":{"page":1},"vendorPage":[1]}`,
  "tools/list p 2/ü": `{"tools":[],"vendorPage":[2.0]}`,
};

/** The odd things that a result, a request or a tool may hold, each as the very text. */
const oddResults: readonly (readonly [string, string])[] = [
  [
    "unknown members of a result, beside and inside content",
    `{"content":[{"type":"text","text":"a","vendor":{"b":[]},"_meta":{"c/d":0}}],"vendorTop":"x","_meta":{"e":null}}`,
  ],
  [
    "unknown kinds of content blocks",
    `{"content":[{"type":"vendor/hologram","shape":[1,2,3]},{"type":"resource_link","uri":"a:b","name":"n","odd":1},{"no":"type"}]}`,
  ],
  ["the order of members", `{"z":1,"content":[],"b":2,"a":3,"_":4}`],
  ["structuredContent that is an array", `{"content":[],"structuredContent":[1,"two",null]}`],
  ["structuredContent that is a text", `{"content":[],"structuredContent":"just text"}`],
  ["structuredContent that is a number", `{"content":[],"structuredContent":-0.5}`],
  ["structuredContent that is null", `{"content":[],"structuredContent":null}`],
  ["structuredContent that is false", `{"content":[],"structuredContent":false}`],
  ["a result without content", `{}`],
  ["a result that only has isError", `{"isError":true,"content":[]}`],
  [
    "escapes, other planes and a lone surrogate",
    `{"content":[{"type":"text","text":"\\u00e9 é \\ud83d\\ude00 😀 \\/ / \\u0000 \\ud800 \\u2028"}]}`,
  ],
  [
    "members named like those of the envelope",
    `{"id":1,"method":"x","jsonrpc":"1.0","result":{"result":{}},"error":{"code":1},"params":[]}`,
  ],
  ["spaces and line feeds as the server wrote them", `{ "content" : [ ] ,\t"a" : { } }`],
  ["a nesting of 500", `{"a":${"[".repeat(500)}${"]".repeat(500)}}`],
  ["a member named __proto__", `{"content":[],"__proto__":{"polluted":true},"constructor":1}`],
  ["empty names, texts, lists and objects", `{"":"","e":[],"o":{},"content":[{"type":"text","text":""}]}`],
];

/** Only where bytes are kept: an IEEE double cannot hold these, or not in this spelling. */
const oddNumbers: readonly (readonly [string, string])[] = [
  ["the spelling of numbers", `{"a":1.0,"b":1e2,"c":1E+2,"d":-0,"e":0.10,"f":100}`],
  ["integers beyond 2^53", `{"a":12345678901234567890,"b":9007199254740993,"c":-9223372036854775808}`],
  ["numbers beyond every double", `{"a":1e400,"b":1e-400,"c":3.14159265358979323846264338327950288}`],
  ["the order of names that look like numbers", `{"10":4,"content":[],"9":5,"1":6}`],
  ["a name that comes twice", `{"twice":1,"content":[],"twice":2}`],
];

describe.each(allFaces)("over $title", (way) => {
  const ifBytes = way.keepsBytes ? ["bytes"] : [];
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer({ answers }) });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test.each(oddResults)("a result keeps %s", async (_, result) => {
    expectText(open, await play(open, [respond(result)]), ["result", result]);
  });

  test.each(way.keepsBytes ? oddNumbers : [])("a result keeps %s", async (_, result) => {
    expectText(open, await play(open, [respond(result)]), ["result", result]);
  });

  test("the server gets arguments and metadata that nobody knows", async () => {
    const answer = await play<{ line: string }>(open, [respond(`{"line":$LINE}`)], {
      meta: { "vendor/x": [1, null], traceparent: "00-ab-cd-01", "": 0 },
    });
    expect(JSON.parse(answer.result?.line ?? "")).toMatchObject({
      method: "tools/call",
      params: { name: "script", _meta: { "vendor/x": [1, null], traceparent: "00-ab-cd-01", "": 0 } },
    });
  });

  test("the server gets unknown members beside name and arguments", async () => {
    const steps = [respond(`{"line":$LINE}`)];
    const params = {
      vendor: { first: [] },
      name: open.toolName,
      arguments: { steps, "": {} },
      task: { ttl: 5 },
    };
    const { result } = await open.peer.request<{ line: string }>("tools/call", params);
    const arrived = JSON.parse(result?.line ?? "");
    expect(JSON.stringify(arrived.params)).toBe(JSON.stringify({ ...params, name: "script" }));
  });

  test.each(ifBytes)("the server gets the %s of the arguments", async () => {
    const args = `{"odd":[1.0,1e400,12345678901234567890,-0,"\\u00e9é\\/"] , "steps":[{"send":"{\\"jsonrpc\\":\\"2.0\\",\\"id\\":$ID,\\"result\\":{\\"line\\":$LINE}}"}]}`;
    const text = `{"jsonrpc":"2.0","id":4711,"method":"tools/call","params":{"arguments":${args},"name":"${open.toolName}"}}`;
    await open.peer.sendText(text);
    const { result } = await open.peer.waitForId<{ line: string }>(4711);
    expect(result?.line).toContain(`"arguments":${args}`);
  });

  test("a tool keeps everything that its server says about it", async () => {
    const { result } = await open.peer.request<{ tools: Record<string, unknown>[] }>("tools/list");
    const listed = result?.tools.find(({ name }) => name === open.toolName);
    expect(listed).toMatchObject({ ...JSON.parse(tool), name: open.toolName });
  });
});

describe.each(singleFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer({ answers }) });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test("the handshake keeps what the server says about itself, known or not", () => {
    const told = open.initialized.result;
    expect(told).toMatchObject(JSON.parse(initializeResult));
  });

  test("a list keeps its members, its pages and their cursors", async () => {
    const first = await open.peer.request("tools/list");
    expectText(open, first, ["result", answers["tools/list"]]);
    const second = await open.peer.request("tools/list", { cursor: "p 2/ü" });
    expectText(open, second, ["result", answers["tools/list p 2/ü"]]);
  });
});
