import { describe, expect, it } from "vitest";
import {
  buildError,
  buildErrorResponse,
  buildNotification,
  buildRequest,
  buildResult,
  replaceRanges,
} from "./build-message.js";
import { elementRanges, findMember, sliceRange } from "./members.js";
import { messageIdKey, readMessageId } from "./message-id.js";
import { scanMessage } from "./scan-message.js";

const whole = (bytes: Buffer) => ({ start: 0, end: bytes.length });

describe("message builders", () => {
  it("build one line each and keep raw parts byte for byte", () => {
    const raw = Buffer.from('{ "a" : 1.0 , "b":"\\u0061" }');
    const lines = [
      buildRequest({ idRaw: "7", method: 'a"b', paramsRaw: raw }),
      buildRequest({ idRaw: Buffer.from('"x"'), method: "m" }),
      buildNotification({ method: "n", paramsRaw: raw }),
      buildResult({ idRaw: "1.0", resultRaw: raw }),
      buildError({ idRaw: "null", errorRaw: raw }),
      buildErrorResponse({ idRaw: "3", code: -1, message: "no\nmore", data: [1] }),
    ];
    expect(lines.map(String).join("")).toMatchInlineSnapshot(`
      "{"jsonrpc":"2.0","id":7,"method":"a\\"b","params":{ "a" : 1.0 , "b":"\\u0061" }}
      {"jsonrpc":"2.0","id":"x","method":"m"}
      {"jsonrpc":"2.0","method":"n","params":{ "a" : 1.0 , "b":"\\u0061" }}
      {"jsonrpc":"2.0","id":1.0,"result":{ "a" : 1.0 , "b":"\\u0061" }}
      {"jsonrpc":"2.0","id":null,"error":{ "a" : 1.0 , "b":"\\u0061" }}
      {"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no\\nmore","data":[1]}}
      "
    `);
    for (const line of lines) expect(scanMessage(line.subarray(0, -1)).kind).not.toBe("invalid");
  });

  it("keep a pretty-printed part on one line", () => {
    const line = buildResult({ idRaw: "1", resultRaw: Buffer.from('{\r\n  "a": 1\n}') });
    expect(line.toString()).toBe('{"jsonrpc":"2.0","id":1,"result":{    "a": 1 }}\n');
  });
});

describe("replaceRanges", () => {
  it("replaces in any order and leaves the rest alone", () => {
    const edits = [
      { start: 4, end: 5, bytes: "" },
      { start: 0, end: 1, bytes: "<<" },
    ];
    expect(replaceRanges(Buffer.from("abcdef"), edits).toString()).toBe("<<bcdf");
  });

  it("refuses ranges that overlap or lie outside", () => {
    const overlapping = [
      { start: 0, end: 3, bytes: "" },
      { start: 2, end: 4, bytes: "" },
    ];
    expect(() => replaceRanges(Buffer.from("abcdef"), overlapping)).toThrow(RangeError);
    expect(() => replaceRanges(Buffer.from("ab"), [{ start: 1, end: 9, bytes: "" }])).toThrow(RangeError);
  });
});

describe("members", () => {
  it("are found by their decoded key at their own level only", () => {
    const bytes = Buffer.from('{"x":{"key":1},"k\\u0065y":[2],"keys":3}');
    const range = findMember(bytes, whole(bytes), "key");
    expect(range && sliceRange(bytes, range).toString()).toBe("[2]");
    expect(findMember(bytes, whole(bytes), "missing")).toBeUndefined();
    expect(findMember(Buffer.from("[1]"), { start: 0, end: 3 }, "key")).toBeUndefined();
  });

  it("of an array are given one by one", () => {
    const bytes = Buffer.from('[ 1, "a,b" ,{"c":[]},[] ]');
    const texts = elementRanges(bytes, whole(bytes))?.map((range) => sliceRange(bytes, range).toString());
    expect(texts).toEqual(["1", '"a,b"', '{"c":[]}', "[]"]);
    expect(elementRanges(Buffer.from("{}"), { start: 0, end: 2 })).toBeUndefined();
  });
});

describe("messageIdKey", () => {
  it("is equal for equal ids only", () => {
    expect(key("1")).toBe(key("1.0"));
    expect(key('"a"')).toBe(key('"\\u0061"'));
    const different = ["1", '"1"', "1.5", "null", '"null"', "9007199254740993", "9007199254740992"].map(key);
    expect(new Set(different).size).toBe(different.length);
  });

  it("has no id for what is none", () => {
    for (const raw of ["{}", "true", "", "[", "x"]) expect(key(raw)).toBeUndefined();
  });
});

function key(raw: string): string | undefined {
  const id = readMessageId(Buffer.from(raw));
  return id && messageIdKey(id);
}
