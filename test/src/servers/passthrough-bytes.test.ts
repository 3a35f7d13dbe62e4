import type { RawClient } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "./support/dispose-stack.js";
import { exchange, fixtureServer, openRawDirect, openRawGateway } from "./support/raw-gateway.js";

const stack = createDisposeStack();
let gateway: RawClient;
let direct: RawClient;
beforeAll(async () => {
  const opened = stack.use(await openRawGateway({ servers: { srv: fixtureServer() } }));
  gateway = opened.client;
  direct = stack.use(await openRawDirect(opened.home.folder.path));
});
afterAll(async () => stack[Symbol.asyncDispose]());

let lastId = 1000;
/** Calls a tool with the very text of its params' other members, both ways. Gives the texts of the answers' lines. */
async function callBoth(
  tool: string,
  members: string,
): Promise<{ id: number; direct: string; gateway: string }> {
  lastId += 1;
  const request = (name: string): string =>
    `{"jsonrpc":"2.0","id":${lastId},"method":"tools/call","params":{"name":"${name}"${members}}}`;
  return {
    id: lastId,
    direct: await exchange(direct, request(tool), String(lastId)),
    gateway: await exchange(gateway, request(`srv__${tool}`), String(lastId)),
  };
}

/** The text of `result` or `error` in a line, which the fixture server writes last. */
function payload(line: string): string {
  const at = line.search(/"(?:result|error)":/);
  return line.slice(at, line.lastIndexOf("}"));
}

/** The request line that the server itself saw, from the answer of the tool `meta`. */
function seenByServer(line: string): string {
  return JSON.parse(line).result.content[0].text;
}

describe("what a client sends reaches the server byte for byte", () => {
  test.each([
    ["numbers", ',"arguments":{"n":[1.0,1e400,-0,1E+2,0.10,12345678901234567890,-1.5e-7]}'],
    ["unknown members", ',"x-unknown":{"a":[1,{"b":null}]},"arguments":{},"task":{"ttl":1.0}'],
    ["_meta", ',"_meta":{"traceparent":"00-abc","vendor/x":{"deep":[1.0]},"n":1e400},"arguments":{}'],
    ["escapes", ',"arguments":{"t":"\\u0041\\/\\ud83d\\ude00\\u2028 é 🜁 \\ud800"}'],
    ["space", ' , "arguments" : { "a" :\t1 ,  "b" : [ ] }  '],
    ["a member twice", ',"arguments":{"a":1,"a":2}'],
    ["members before the name", ',"arguments":{"name":"not the tool","id":5,"method":"x"}'],
    ["an empty key", ',"":0,"arguments":{"":""}'],
  ])("%s", async (_, members) => {
    const answers = await callBoth("meta", members);
    const [before, after] = seenByServer(answers.direct).split('"name":"meta"');
    expect(before).toMatch(/"params":\{$/);
    const seen = seenByServer(answers.gateway);
    expect(seen.slice(seen.indexOf('"params":'))).toBe(`"params":{"name":"meta"${after}`);
  });

  test("also where the name comes last", async () => {
    const params = '{"arguments":{"n":1.0},"_meta":{},"name":"srv__meta"}';
    const text = `{"method":"tools/call","params":${params},"id":77,"jsonrpc":"2.0"}`;
    const seen = seenByServer(await exchange(gateway, text, "77"));
    expect(seen).toContain(params.replace("srv__meta", "meta"));
  });
});

describe("what a server answers reaches the client byte for byte", () => {
  test("a result with members and numbers that nobody knows", async () => {
    const answers = await callBoth("meta", ',"arguments":{}');
    const tail = /"x-unknown":.*$/.exec(payload(answers.direct))?.[0];
    expect(tail).toContain('"big":12345678901234567890,"float":1.0}');
    expect(payload(answers.gateway).endsWith(`,${tail}`)).toBe(true);
  });

  test.each([
    ["echo", ',"arguments":{"text":"é 🜁 \\u2028 \\u0000 \\"q\\""}'],
    ["echo", ',"arguments":{}'],
    ["iserror", ""],
    ["cancelled", ""],
    ["big", ',"arguments":{"bytes":3000000}'],
  ])("the result of %s%s", async (tool, members) => {
    const answers = await callBoth(tool, members);
    expect(payload(answers.gateway)).toBe(payload(answers.direct));
  });

  test.each([
    "image_only",
    "text_then_image",
    "image_then_text",
    "text_only",
    "multiple_valid_images",
    "invalid_base64_then_image",
    "invalid_image_bytes_then_image",
  ])("the pictures of the scenario %s", async (scenario) => {
    const answers = await callBoth("image_scenario", `,"arguments":{"scenario":"${scenario}"}`);
    expect(payload(answers.direct)).toContain('"content":[');
    expect(payload(answers.gateway)).toBe(payload(answers.direct));
  });

  test.each([
    '{"code":-32001,"message":"own words: é \\u2028","data":{"a":[1,null],"b":"x"}}',
    '{"code":12345,"message":"","data":null}',
    '{"code":-32042,"message":"no data"}',
    '{"code":-32603,"message":"text","data":"just a text"}',
    '{"code":0,"message":"zero","data":0}',
  ])("the error %s", async (args) => {
    const answers = await callBoth("fail", `,"arguments":${args}`);
    expect(payload(answers.direct)).toContain('"error":');
    expect(payload(answers.gateway)).toBe(payload(answers.direct));
  });

  test("the list of tools, but for the names", async () => {
    const text = '{"jsonrpc":"2.0","id":42,"method":"tools/list"}';
    const listed = payload(await exchange(gateway, text, "42"));
    expect(listed.replaceAll('"name":"srv__', '"name":"')).toBe(payload(await exchange(direct, text, "42")));
  });
});

describe("a request's id comes back as it was given", () => {
  test.each([
    '"a text"',
    '""',
    '"7"',
    '"\\u00e9 \\"x\\""',
    "0",
    "-5",
    "7",
    "1.5",
    "1.0",
    "1e3",
    "12345678901234567890",
  ])("%s", async (idRaw) => {
    const request = `{"jsonrpc":"2.0","id":${idRaw},"method":"tools/call","params":{"name":"srv__meta"}}`;
    const line = await exchange(gateway, request, idRaw);
    expect(line).toContain(`"id":${idRaw},`);
    expect(JSON.parse(line).result).toBeDefined();
  });

  test("many at once, answered out of order", async () => {
    const slow = { name: "srv__sleep", arguments: { ms: 150 } };
    const quick = { name: "srv__echo", arguments: { text: "quick" } };
    const ids = ["7", 7, "x", 8, "8"];
    const from = gateway.messages.length;
    const answers = await Promise.all(
      ids.map((id, index) => gateway.request("tools/call", index === 0 ? slow : quick, { id })),
    );
    for (const answer of answers) expect(answer.error).toBeUndefined();
    const order = gateway.messages.slice(from).map(({ id }) => id);
    expect(order.at(-1)).toBe("7");
    expect(new Set(order)).toEqual(new Set(ids));
  });

  test("an error of our own carries it too", async () => {
    const line = await exchange(
      gateway,
      '{"jsonrpc":"2.0","id":2.5,"method":"tools/call","params":{}}',
      "2.5",
    );
    expect(line).toContain('"id":2.5,');
    expect(JSON.parse(line).error.code).toBe(-32_602);
  });
});
