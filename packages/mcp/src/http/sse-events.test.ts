import { describe, expect, it } from "vitest";
import { createSseScanner, type SseEvent } from "./sse-events.js";

/** Scans a stream in pieces and gives everything that was told, in order. */
function scan(pieces: readonly (string | Uint8Array)[], maxDataBytes?: number): unknown[] {
  const told: unknown[] = [];
  const scanner = createSseScanner({
    maxDataBytes,
    onEvent: ({ name, data }: SseEvent) => void told.push([name, data.toString("utf8")]),
    onOversize: ({ id, hasMethod, sizeBytes }) => void told.push({ id: id?.value, hasMethod, sizeBytes }),
    onId: (id) => void told.push({ lastId: id }),
    onRetry: (retryMs) => void told.push({ retryMs }),
  });
  for (const piece of pieces) scanner.push(Buffer.from(piece));
  return told;
}

describe("an event stream", () => {
  it("gives each event its name and data", () => {
    expect(scan(["data: one\n\nevent: endpoint\ndata:two\n\n"])).toEqual([
      ["message", "one"],
      ["endpoint", "two"],
    ]);
  });

  it("joins the lines of one event, and takes one space only from the beginning of each", () => {
    expect(scan(["data:  {\ndata\ndata:}\n\n"])).toEqual([["message", " {\n\n}"]]);
  });

  it("knows all three line ends, also cut in two", () => {
    const expected = [
      ["message", "a\nb"],
      ["message", "c"],
    ];
    expect(scan(["data: a\r\ndata: b\r\n\r\ndata: c\r\r"])).toEqual(expected);
    expect(scan(["data: a\r", "\ndata: b\r", "\n\r", "\ndata: c\r\r"])).toEqual(expected);
  });

  it("is the same however the bytes were cut", () => {
    const text =
      '\ufeffid: é1\nretry: 20\n: a comment\ndata: {"x": "ü"}\r\ndata: 2\nother: x\n\ndata\n\nid\n\n';
    const bytes = Buffer.from(text);
    const whole = scan([bytes]);
    expect(whole).toEqual([{ retryMs: 20 }, { lastId: "é1" }, ["message", '{"x": "ü"}\n2'], { lastId: "" }]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(scan([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(scan([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("tells the id of an event without data, and of none whose end did not come", () => {
    expect(scan(["id: 7\ndata:\n\nid: 8\ndata: x\n"])).toEqual([{ lastId: "7" }]);
  });

  it("ignores a retry that is no number and an id with a NUL", () => {
    expect(scan(["retry: soon\nid: a\0b\ndata: x\n\n"])).toEqual([["message", "x"]]);
  });

  it("keeps bytes that are no UTF-8", () => {
    const data: Buffer[] = [];
    const scanner = createSseScanner({
      onEvent: (event) => void data.push(event.data),
      onOversize: () => {},
    });
    scanner.push(Buffer.concat([Buffer.from("data: "), Buffer.from([0xff, 0xfe]), Buffer.from("\n\n")]));
    expect(data).toEqual([Buffer.from([0xff, 0xfe])]);
  });

  it("reads past data above the limit and tells whose it was", () => {
    const long = `{"x":"${"y".repeat(100)}","id":7,"result":{}}`;
    expect(scan([`data: ${long}\n\ndata: {}\n\n`], 64)).toEqual([
      { id: 7, hasMethod: false, sizeBytes: long.length },
      ["message", "{}"],
    ]);
    expect(scan([`data: {"id":"a","method":"x"}\ndata: ${"z".repeat(80)}\n\n`], 64)).toMatchObject([
      { id: "a", hasMethod: true },
    ]);
  });

  it("takes 64 MiB in pieces of 16 KiB without copying them again for each piece", () => {
    const piece = Buffer.alloc(16 * 1024, "x");
    const pieces = 4 * 1024;
    let sizeBytes = 0;
    const scanner = createSseScanner({
      onEvent: ({ data }) => {
        sizeBytes = data.length;
      },
      onOversize: () => {},
    });
    const startedAtMs = performance.now();
    scanner.push(Buffer.from("data: "));
    for (let count = 0; count < pieces; count += 1) scanner.push(piece);
    scanner.push(Buffer.from("\n\n"));
    expect(sizeBytes).toBe(piece.length * pieces);
    // Copied for each piece it would be 128 GiB, a quarter of a minute at least.
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});
