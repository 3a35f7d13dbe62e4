import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputBuffer } from "./output-buffer.js";

describe("what a process wrote", () => {
  test("is kept until its reader has consumed it", () => {
    const buffer = new OutputBuffer();
    buffer.append(Buffer.from("hello "));
    buffer.append(Buffer.from("world"));
    expect(buffer.read(0, 100)).toEqual({ offset: 0, data: Buffer.from("hello world") });
    expect(buffer.consumeTo(8)).toBe(8);
    expect([buffer.startOffset, buffer.endOffset]).toEqual([8, 11]);
    expect(buffer.read(8, 100)?.data.toString()).toBe("rld");
  });

  test("is read in pieces of at most the asked size", () => {
    const buffer = new OutputBuffer();
    buffer.append(Buffer.from("abc"));
    buffer.append(Buffer.from("defgh"));
    expect(buffer.read(1, 4)?.data.toString()).toBe("bcde");
    expect(buffer.read(8, 4)).toBeUndefined();
  });

  test("is not freed twice by an acknowledgement that comes again", () => {
    const buffer = new OutputBuffer();
    buffer.append(Buffer.from("abcdef"));
    expect(buffer.consumeTo(4)).toBe(4);
    expect(buffer.consumeTo(4)).toBe(0);
    expect(buffer.consumeTo(2)).toBe(0);
    expect(buffer.startOffset).toBe(4);
  });

  test("cannot be acknowledged before it exists, nor read after it was consumed", () => {
    const buffer = new OutputBuffer();
    buffer.append(Buffer.from("abc"));
    expect(() => buffer.consumeTo(4)).toThrow(
      expect.objectContaining({ code: "protocol", reason: "frame_invalid" }),
    );
    buffer.consumeTo(2);
    expect(() => buffer.read(1, 10)).toThrow(expect.objectContaining({ code: "protocol" }));
    expect(() => buffer.read(4, 10)).toThrow(expect.objectContaining({ code: "protocol" }));
  });

  test("arrives whole and in order however it is written, read and acknowledged", () => {
    const step = fc.record({
      write: fc.uint8Array({ maxLength: 20 }),
      read: fc.integer({ min: 1, max: 15 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = new OutputBuffer();
        const written: number[] = [];
        const received: number[] = [];
        for (const { write, read } of steps) {
          buffer.append(write);
          written.push(...write);
          const slice = buffer.read(received.length, read);
          received.push(...(slice?.data ?? []));
          // Acknowledge a little behind what was read, as a real reader does.
          buffer.consumeTo(Math.max(buffer.startOffset, received.length - 3));
        }
        for (
          let rest = buffer.read(received.length, 7);
          rest !== undefined;
          rest = buffer.read(received.length, 7)
        ) {
          received.push(...rest.data);
        }
        expect(received).toEqual(written);
      }),
    );
  });
});
