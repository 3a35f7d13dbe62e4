import type { RawClient } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "./support/dispose-stack.js";
import { rawAnswerServer } from "./support/local-fixtures.js";
import { exchange, openRawGateway } from "./support/raw-gateway.js";

// What JSON.stringify would never write, from a server that writes text instead of values.
const stack = createDisposeStack();
let client: RawClient;
beforeAll(async () => {
  client = stack.use(await openRawGateway({ servers: { raw: rawAnswerServer() } })).client;
});
afterAll(async () => stack[Symbol.asyncDispose]());

let lastId = 1000;
/** Lets the server say something, and gives all lines that came because of it, the answer last. */
async function say(answer: string, ...before: readonly string[]): Promise<string[]> {
  lastId += 1;
  const params = { name: "raw__say", arguments: { answer, before } };
  const request = JSON.stringify({ jsonrpc: "2.0", id: lastId, method: "tools/call", params });
  const from = client.lines.length;
  await exchange(client, request, String(lastId));
  return client.lines.slice(from).map((line) => line.toString("utf8"));
}

const numbers = '{"a":1.0,"b":1e400,"c":-0,"d":12345678901234567890,"e":0.10,"f":1E+2}';

describe("a result passes byte for byte", () => {
  test.each([
    numbers,
    '{"content":[{"type":"vendor/new","n":1.0}],"structuredContent":[null,1.0],"isError":false,"_meta":{"n":1e400}}',
    '{ "spaced" :\t[ 1.0 , { } ] }',
    '{"text":"\\u0041\\/\\ud83d\\ude00 é 🜁 \\ud800 \\u2028"}',
    '{"a":1,"a":2,"":3}',
    '{"id":5,"result":{"error":{}},"method":"x"}',
    "{}",
    "[1.0,null]",
    '"text"',
    "0",
    "null",
    "false",
  ])("%s", async (result) => {
    const [line] = await say(`"result":${result}`);
    expect(line).toContain(`"result":${result}`);
  });

  test("beside members that JSON-RPC does not know", async () => {
    const [line] = await say(`"x-before":1.0,"result":${numbers},"x-after":{}`);
    expect(line).toContain(`"result":${numbers}`);
  });
});

describe("an error passes byte for byte", () => {
  test.each([
    `{"code":-32000,"message":"m","data":${numbers}}`,
    '{"code":-32000.0,"message":"\\u0041","x-extra":true,"data":null}',
    '{"message":"no code"}',
    '{ "code" : 1e2 , "message" : "" , "data" : [ 1.0 ] }',
  ])("%s", async (error) => {
    const [line] = await say(`"error":${error}`);
    expect(line).toContain(`"error":${error}`);
  });
});

describe("a notification passes byte for byte", () => {
  test.each([
    ["notifications/message", `{"level":"error","data":${numbers},"x-extra":[ 1.0 ]}`],
    ["notifications/resources/updated", `{"uri":"x://\\u0041","_meta":${numbers}}`],
    ["vendor/note", `[${numbers}]`],
  ])("%s", async (method, params) => {
    const lines = await say('"result":{}', `{"jsonrpc":"2.0","method":"${method}","params":${params}}`);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`"method":"${method}"`);
    expect(lines[0]).toContain(`"params":${params}`);
  });

  test("progress of nobody's is kept back", async () => {
    const stray =
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}';
    expect(await say('"result":{}', stray)).toHaveLength(1);
  });
});

test("a list's items pass byte for byte but for the name", async () => {
  const line = await exchange(client, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', "1");
  expect(line).toContain('{"name":"raw__say","inputSchema":{"type":"object"},"x-number":1.0}');
});

test("junk between messages is dropped, and the next answer comes", async () => {
  const junk = [
    "",
    "null",
    "42",
    "[1, 2",
    "{}",
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":999,"result":{}}',
    "\u0007",
  ];
  const lines = await say('"result":{"ok":true}', ...junk);
  expect(lines).toHaveLength(1);
  expect(client.junk).toEqual([]);
});
