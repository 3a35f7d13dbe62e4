import { describe, expect, it } from "vitest";
import { createRandom } from "../test-support/random-json.js";
import { createLineSplitter, type OversizeLine } from "./line-splitter.js";

function collect(maxLineBytes?: number) {
  const lines: string[] = [];
  const oversize: OversizeLine[] = [];
  const splitter = createLineSplitter({
    maxLineBytes,
    onLine: (line) => lines.push(line.toString()),
    onOversize: (info) => oversize.push(info),
  });
  return { lines, oversize, splitter, push: (text: string) => splitter.push(Buffer.from(text)) };
}

describe("createLineSplitter", () => {
  it("trims carriage returns, skips blank lines and delivers a last line without an end", () => {
    const { lines, splitter, push } = collect();
    push("one\r\n\n\r\n  \t\ntwo\r\r\nthr");
    expect(lines).toEqual(["one", "two"]);
    push("ee");
    splitter.end();
    splitter.end();
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("gives the same lines however the bytes were cut", () => {
    const text = Array.from({ length: 60 }, (_, index) => `${index}:${"日é".repeat(index * 40)}\r\n`).join(
      "",
    );
    const bytes = Buffer.from(text);
    const expected = text.split("\r\n").filter((line) => line !== "");
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = createRandom(seed);
      const { lines, splitter } = collect();
      for (let pos = 0; pos < bytes.length; ) {
        const size = 1 + random.below(random.pick([3, 500, 20_000]));
        splitter.push(Uint8Array.from(bytes.subarray(pos, pos + size)));
        pos += size;
      }
      splitter.end();
      expect(lines).toEqual(expected);
    }
  });

  it("takes a line at the limit and reads past a longer one", () => {
    const { lines, oversize, push } = collect(20);
    push(`${"x".repeat(20)}\n${"y".repeat(21)}\nnext\n`);
    expect(lines).toEqual(["x".repeat(20), "next"]);
    expect(oversize).toEqual([{ sizeBytes: 21, id: undefined, hasMethod: false }]);
  });

  it.each([
    ['{"id":5,"result":"LONG"}', 5, false],
    [
      '{"result":{"id":1,"method":"x","t":"LONG\\"}","a":[{"id":2}]},"jsonrpc":"2.0","id":"a\\"b"}',
      'a"b',
      false,
    ],
    ['{"method":"sampling/createMessage","params":{"x":["LONG"]}, "\\u0069d" : 9 }', 9, true],
    ['{"method":"notifications/x","params":"LONG"}', undefined, true],
    ['{"id":1,"result":"LONG","id":2}', 2, false],
    ['{"id":{"x":1},"result":"LONG"}', undefined, false],
    ['{"id":"LONG","result":1}', undefined, false],
    ['[{"id":1,"result":"LONG"}]', undefined, false],
  ])("still finds who sent %s, in any cut", (pattern, id, hasMethod) => {
    const text = `${pattern.replace("LONG", "long ".repeat(400))}\r\n{"next":1}\n`;
    for (const size of [1, 7, 64, 100_000]) {
      const { lines, oversize, splitter } = collect(30);
      const bytes = Buffer.from(text);
      for (let pos = 0; pos < bytes.length; pos += size) splitter.push(bytes.subarray(pos, pos + size));
      expect(oversize.map((info) => [info.id?.value, info.hasMethod])).toEqual([[id, hasMethod]]);
      expect(lines).toEqual(['{"next":1}']);
    }
  });

  it("keeps no more than the limit of a line that never ends", () => {
    const { oversize, splitter } = collect(1024 * 1024);
    const chunk = Buffer.alloc(64 * 1024, 0x61);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1_600; count += 1) splitter.push(Buffer.from(chunk));
    // 100 MiB went through; whatever the collector has not freed yet stays far below that only if nothing is kept.
    expect(oversize).toEqual([]);
    splitter.end();
    expect(oversize[0]?.sizeBytes).toBe(1_600 * chunk.length);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(90 * 1024 * 1024);
  });

  it("is linear for a long line in single bytes", () => {
    const { lines, splitter } = collect();
    const byte = Buffer.from("a");
    const startedAt = performance.now();
    for (let count = 0; count < 1_000_000; count += 1) splitter.push(byte);
    splitter.push(Buffer.from("\n"));
    expect(lines[0]?.length).toBe(1_000_000);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
