import { describe, expect, it } from "vitest";
import { completeModernResult, modernResultMembers, toModernResult } from "./modern-result.js";

function modern(method: string, raw: string, serverInfo?: Record<string, unknown>): string {
  return toModernResult(method, Buffer.from(raw), serverInfo).toString();
}

describe("toModernResult", () => {
  it("adds what is missing in front and keeps the rest byte for byte", () => {
    expect(modern("tools/list", '{ "tools" : [ {"n":1.0} ] }')).toBe(
      '{"resultType":"complete","ttlMs":0,"cacheScope":"private", "tools" : [ {"n":1.0} ] }',
    );
    expect(modern("tools/call", '{"content":[],"isError":false}')).toBe(
      '{"resultType":"complete","content":[],"isError":false}',
    );
    expect(modern("vendor/own", "{}")).toBe('{"resultType":"complete"}');
  });

  it("keeps what a server says already, if it means the same", () => {
    const raw = '{"ttlMs":5e3,"cacheScope":"public","resultType":"complete","tools":[]}';
    expect(modern("tools/list", raw)).toBe(raw);
  });

  it("replaces what a server means otherwise, since an agent would refuse the whole result for it", () => {
    expect(modern("tools/list", '{"ttlMs":-1, "cacheScope":"all","tools":[],"resultType":"partial"}')).toBe(
      '{"ttlMs":0, "cacheScope":"private","tools":[],"resultType":"complete"}',
    );
    expect(modern("resources/read", '{"ttlMs":1.5,"contents":[]}')).toBe(
      '{"resultType":"complete","cacheScope":"private","ttlMs":0,"contents":[]}',
    );
    expect(modern("tools/call", '{"ttlMs":-1,"content":[]}')).toBe(
      '{"resultType":"complete","ttlMs":-1,"content":[]}',
    );
  });

  it("says who answers, next to the _meta that is there, unless the result says it itself", () => {
    const me = { name: "f", version: "1" };
    expect(modern("tools/call", "{}", me)).toBe(
      '{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"f","version":"1"}}}',
    );
    expect(modern("tools/call", '{"_meta":{"k":1.0}}', me)).toBe(
      '{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"f","version":"1"},"k":1.0}}',
    );
    const said = '{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}}';
    expect(modern("tools/call", said, me)).toBe(said);
    expect(modern("tools/call", '{"_meta":null}', me)).toBe('{"resultType":"complete","_meta":null}');
  });

  it("leaves alone what is no object", () => {
    for (const raw of ["[]", "null", '"x"']) expect(modern("tools/list", raw, { name: "f" })).toBe(raw);
  });
});

it("modernResultMembers forbids keeping exactly the results that may be kept", () => {
  const cacheable = [
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
  ];
  for (const method of cacheable) {
    expect(modernResultMembers(method)).toEqual({ resultType: "complete", ttlMs: 0, cacheScope: "private" });
  }
  for (const method of ["tools/call", "prompts/get", "completion/complete"]) {
    expect(modernResultMembers(method)).toEqual({ resultType: "complete" });
  }
});

describe("completeModernResult", () => {
  const complete = (method: string, raw: string, serverInfo?: Record<string, unknown>): string =>
    completeModernResult(method, Buffer.from(raw), serverInfo).toString();

  it("adds only what is missing and replaces nothing", () => {
    expect(complete("tools/list", '{ "tools":[],"ttlMs":-1}')).toBe(
      '{"resultType":"complete","cacheScope":"private", "tools":[],"ttlMs":-1}',
    );
    expect(complete("tools/call", '{"content":[],"_meta":{"a":1}}', { name: "n" })).toBe(
      '{"resultType":"complete","content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"n"},"a":1}}',
    );
  });

  it.each([
    ["tools/call", '{"resultType":"input_required","requestState":"s"}'],
    ["tools/list", '{"resultType":"task","taskId":"1"}'],
    ["tools/call", "[1]"],
  ])("leaves %s %s as it is", (method, raw) => {
    expect(complete(method, raw)).toBe(raw);
  });
});
