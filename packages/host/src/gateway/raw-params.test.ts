import { type ScannedRequest, scanMessage } from "@fairlead/mcp";
import { describe, expect, test } from "vitest";
import { filterItems, joinList, paramsOf, readText, replaceText, requireText } from "./raw-params.js";

function request(params: string | undefined): ScannedRequest {
  const tail = params === undefined ? "" : `,"params":${params}`;
  const message = scanMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call"${tail}}`));
  if (message.kind !== "request") throw new Error(`Not a request: ${message.kind}`);
  return message;
}

describe("the params of a message", () => {
  test("are the bytes that came", () => {
    const raw = '{ "name" : "x",  "big": 12345678901234567890, "float": 1.0 }';
    expect(paramsOf(request(raw))?.toString()).toBe(raw);
    expect(paramsOf(request(undefined))).toBeUndefined();
  });
});

describe("a text in raw JSON", () => {
  test.each<[raw: string, path: readonly string[], text: string | undefined]>([
    ['{"name":"x"}', ["name"], "x"],
    ['{"ref":{"type":"ref/prompt","name":"p"}}', ["ref", "name"], "p"],
    ['{"name":"a\\u00e9\\n\\ud83d\\ude00\\"b"}', ["name"], 'aé\n😀"b'],
    ['{"other":{"name":"inner"},"name":"outer"}', ["name"], "outer"],
    ['{"name":7}', ["name"], undefined],
    ['{"name":null}', ["name"], undefined],
    ['{"ref":"text"}', ["ref", "name"], undefined],
    ["{}", ["name"], undefined],
  ])("%s at %j", (raw, path, text) => {
    expect(readText(Buffer.from(raw), path)).toBe(text);
  });

  test("that must be there is asked for by method and member", () => {
    expect(requireText(request('{"name":"x"}'), ["name"])).toBe("x");
    for (const params of [undefined, "{}", '{"name":7}']) {
      expect(() => requireText(request(params), ["name"])).toThrow(
        expect.objectContaining({ code: "usage", message: "tools/call needs a text at params.name" }),
      );
    }
  });
});

describe("replacing a text", () => {
  test("leaves every other byte as it was", () => {
    const raw = Buffer.from(
      '{ "big": 12345678901234567890,"name" :"srv__x" , "arguments":{"name":"srv__x"}}',
    );
    expect(replaceText(raw, ["name"], 'a"b\n').toString()).toBe(
      '{ "big": 12345678901234567890,"name" :"a\\"b\\n" , "arguments":{"name":"srv__x"}}',
    );
  });

  test("that is not there changes nothing", () => {
    const raw = Buffer.from('{"ref":{}}');
    expect(replaceText(raw, ["ref", "name"], "x")).toBe(raw);
  });
});

describe("a joined list", () => {
  test.each([
    [[], '{"tools":[]}'],
    [['{"a":1.0}'], '{"tools":[{"a":1.0}]}'],
    [['{"a":1}', '{ "b" : 2 }'], '{"tools":[{"a":1},{ "b" : 2 }]}'],
  ])("of %j", (items, expected) => {
    expect(
      joinList(
        "tools",
        items.map((item) => Buffer.from(item)),
      ).toString(),
    ).toBe(expected);
  });
});

describe("items taken out of a list", () => {
  const raw = Buffer.from(
    '{ "x" : 1.0, "tools" : [ {"name":"a", "n":1e3} , {"name":"b"}, {"title":"?"} ], "nextCursor":"c" }',
  );

  test("leave everything else as it was", () => {
    const kept = filterItems(raw, "tools", (name) => name !== "b");
    expect(kept.toString()).toBe(
      '{ "x" : 1.0, "tools" : [{"name":"a", "n":1e3},{"title":"?"}], "nextCursor":"c" }',
    );
  });

  test("are none where all are kept, or where there is no list", () => {
    expect(filterItems(raw, "tools", () => true)).toBe(raw);
    expect(filterItems(raw, "prompts", () => false)).toBe(raw);
  });
});
