import { describe, expect, it } from "vitest";
import type { CallAnswer, McpCall } from "../connection/types.js";
import { listAll } from "./list-all.js";

/** A server that gives raw pages one after the other and remembers what it was asked. */
function pager(page: (index: number) => string) {
  const asked: string[] = [];
  const request = (call: McpCall): Promise<CallAnswer> => {
    const params = call.params === undefined ? "" : Buffer.from(call.params).toString();
    asked.push(`${call.method} ${params}`.trim());
    return Promise.resolve({ kind: "result", result: Buffer.from(page(asked.length - 1)) });
  };
  return { asked, request };
}

describe("listAll", () => {
  it("follows cursors exactly as they came and keeps each item's bytes", async () => {
    const server = pager((index) =>
      index === 0
        ? '{"tools":[{ "name":"a\\u0062", "x":1.0 }],"nextCursor":"c\\u00e9 1"}'
        : '{"tools":[{"name":"c"}],"ttlMs":5,"nextCursor":null}',
    );
    const { items, pages, warnings } = await listAll(server, "tools/list");
    expect(items.map(({ raw, name }) => [raw.toString(), name])).toEqual([
      ['{ "name":"ab", "x":1.0 }'.replace("ab", "a\\u0062"), "ab"],
      ['{"name":"c"}', "c"],
    ]);
    expect(server.asked).toEqual(["tools/list", 'tools/list {"cursor":"c\\u00e9 1"}']);
    expect(pages).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["prompts/list", '{"prompts":[{"name":"p"}]}', { name: "p", uri: undefined }],
    ["resources/list", '{"resources":[{"name":"r","uri":"a:b"}]}', { name: "r", uri: "a:b" }],
    [
      "resources/templates/list",
      '{"resourceTemplates":[{"name":"t","uriTemplate":"a:{b}"}]}',
      { name: "t", uri: "a:{b}" },
    ],
  ] as const)("reads %s", async (method, page, expected) => {
    const { items } = await listAll(
      pager(() => page),
      method,
    );
    expect(items).toMatchObject([expected]);
  });

  it("hides no item because another is malformed", async () => {
    const { items, warnings } = await listAll(
      pager(() => '{"tools":[7,{"name":["x"]},{"name":"ok"},null]}'),
      "tools/list",
    );
    expect(items.map(({ name }) => name)).toEqual([undefined, undefined, "ok", undefined]);
    expect(warnings).toEqual(["tools/list: 3 of 4 items have no name"]);
  });

  it("stops at a cursor that comes twice", async () => {
    const server = pager((index) => `{"tools":[],"nextCursor":"${index % 3}"}`);
    const { pages, warnings } = await listAll(server, "tools/list");
    expect(pages).toHaveLength(4);
    expect(warnings).toEqual(["tools/list gave the same cursor twice: reading stopped after page 4"]);
  });

  it("stops after a hundred pages", async () => {
    const server = pager((index) => `{"tools":[{"name":"t${index}"}],"nextCursor":"${index}"}`);
    const { items, warnings } = await listAll(server, "tools/list");
    expect(items).toHaveLength(100);
    expect(warnings[0]).toContain("more than 100 pages");
  });

  it("cuts what is above five thousand items and says so", async () => {
    const exact = await listAll(
      pager(() => `{"tools":[${tools(5_000)}]}`),
      "tools/list",
    );
    expect([exact.items.length, exact.warnings]).toEqual([5_000, []]);
    const server = pager((index) => `{"tools":[${tools(2_600)}],"nextCursor":"${index}"}`);
    const cut = await listAll(server, "tools/list");
    expect(cut.items).toHaveLength(5_000);
    expect(cut.warnings).toEqual(["tools/list has more than 5000 items: the rest was left out"]);
    expect(server.asked).toHaveLength(2);
  });

  it("fails on a refusal and on an answer that holds no list", async () => {
    const refusing = {
      request: (): Promise<CallAnswer> =>
        Promise.resolve({ kind: "error", error: Buffer.from('{"code":-32601,"message":"no tools"}') }),
    };
    const refusal = { code: "protocol", reason: "peer_error", details: { rpcCode: -32601 } };
    await expect(listAll(refusing, "tools/list")).rejects.toMatchObject(refusal);
    for (const page of ["{}", '{"tools":{}}', "null", "[]"]) {
      const listing = listAll(
        pager(() => page),
        "tools/list",
      );
      await expect(listing).rejects.toMatchObject({ code: "protocol", reason: "frame_invalid" });
    }
  });
});

function tools(count: number): string {
  return Array.from({ length: count }, () => '{"name":"t"}').join(",");
}
