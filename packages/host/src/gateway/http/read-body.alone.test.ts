import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { readBody } from "./read-body.js";

/** A request whose body comes in these pieces. */
function requestOf(pieces: readonly Buffer[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const piece of pieces) request.push(piece);
  request.push(null);
  return request;
}

/** Bytes that differ from place to place. */
function countUp(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => at % 251));
}

test.each([
  ["none at all", []],
  ["a single one", [10_000]],
  ["many single bytes", Array.from({ length: 5_000 }, () => 1)],
  ["small ones between large ones", Array.from({ length: 2_100 }, (_, at) => (at % 500 === 0 ? 60_000 : 3))],
  ["many of some size", Array.from({ length: 1_500 }, () => 2_000)],
])("a body is the same whatever pieces it comes in: %s", async (_what, sizes) => {
  const whole = countUp(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  const pieces = sizes.map((size) => {
    at += size;
    return whole.subarray(at - size, at);
  });
  const read = await readBody(requestOf(pieces), 5_000_000);
  expect(read.kind === "read" && read.bytes.equals(whole)).toBe(true);
});

test.each([
  [5_000, "read"],
  [4_999, "too_large"],
] as const)("of 5,000 bytes, where %i are allowed, is %s", async (maxBytes, kind) => {
  const pieces = Array.from({ length: 5_000 }, () => Buffer.from("x"));
  expect(await readBody(requestOf(pieces), maxBytes)).toMatchObject({ kind });
});

/** What the heap holds once everything that nobody needs is gone. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("single bytes take about as much memory as they are", async () => {
  const count = 300_000;
  const request = new IncomingMessage(new Socket());
  const reading = readBody(request, count);
  // Each its own handle, as the parser of HTTP gives them.
  const source = Buffer.alloc(count);
  const beforeBytes = heapBytes();
  for (let at = 0; at < count; at += 1) request.emit("data", source.subarray(at, at + 1));
  const heldBytes = heapBytes() - beforeBytes;
  request.emit("end");
  expect(await reading).toMatchObject({ kind: "read" });
  expect(heldBytes).toBeLessThan(count * 20);
});
