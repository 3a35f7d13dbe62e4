import { expect, test } from "vitest";
import { createTestRandom } from "../random/seeded-random.js";
import { FrameTracker } from "./frame-tracker.js";
import { frame, preface } from "./test-support/frames.js";

const headerBytes = 9;

test("counts the payload of DATA frames however the bytes are cut", () => {
  const random = createTestRandom("frame tracker");
  for (let round = 0; round < 200; round += 1) {
    let dataBytes = 0;
    const frames = Array.from({ length: random.integer(1, 20) }, () => {
      const payload = random.bytes(random.integer(0, 300));
      const type = random.pick(["data", "headers", "settings", "ping"] as const);
      if (type === "data") dataBytes += payload.length;
      return frame(type, payload);
    });
    const bytes = Buffer.concat([preface, ...frames]);
    const tracker = new FrameTracker("client");
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + random.integer(1, 40);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    expect(tracker.countData(pieces)).toBe(dataBytes);
    // Looking ahead moves nothing.
    expect(tracker.isHttp2).toBe(false);
    expect(pieces.reduce((sum, piece) => sum + tracker.advance(piece), 0)).toBe(dataBytes);
    expect(tracker.isHttp2).toBe(true);
    expect(tracker.insideFrame).toBe(false);
  }
});

test("knows at each byte whether a frame has begun and not ended", () => {
  const tracker = new FrameTracker("client");
  const bytes = Buffer.concat([
    preface,
    frame("settings", Buffer.alloc(0)),
    frame("data", Buffer.alloc(3)),
    frame("ping", Buffer.alloc(8)),
  ]);
  const boundaries = new Set([0, 9, 9 + 12, 9 + 12 + 17].map((end) => preface.length + end));
  for (let at = 0; at < bytes.length; at += 1) {
    tracker.advance(bytes.subarray(at, at + 1));
    const isInside = at + 1 > preface.length && !boundaries.has(at + 1);
    expect(tracker.insideFrame, `after byte ${at + 1}`).toBe(isInside);
  }
});

test("takes a client without the preface for something else", () => {
  const tracker = new FrameTracker("client");
  expect(tracker.advance(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe(0);
  expect(tracker.isHttp2).toBe(false);
  expect(tracker.insideFrame).toBe(false);
  expect(tracker.placeInsideData(frame("data", Buffer.alloc(100)))).toBeUndefined();
});

test("a server has no preface", () => {
  const tracker = new FrameTracker("server");
  tracker.advance(frame("data", Buffer.alloc(10)).subarray(0, 12));
  expect(tracker.insideFrame).toBe(true);
});

test.each([
  ["the middle of the first payload", [frame("data", Buffer.alloc(100))], headerBytes + 50],
  ["behind what is no DATA", [frame("ping", Buffer.alloc(8)), frame("data", Buffer.alloc(10))], 17 + 9 + 5],
  ["the end, where less than half is here", [frame("data", Buffer.alloc(100)).subarray(0, 20)], 20],
  ["nowhere, where only the header is here", [frame("data", Buffer.alloc(100)).subarray(0, 9)], undefined],
  ["nowhere in a single byte", [frame("data", Buffer.alloc(1))], undefined],
  ["nowhere without DATA", [frame("headers", Buffer.alloc(100))], undefined],
])("places a cut at %s", (_, pieces, expected) => {
  expect(new FrameTracker("server").placeInsideData(Buffer.concat(pieces))).toBe(expected);
});
