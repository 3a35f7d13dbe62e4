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

  test("in small pieces takes little more memory than its bytes", () => {
    const buffer = new OutputBuffer();
    const count = 50_000;
    for (let index = 0; index < count; index += 1) buffer.append(Buffer.from(`line ${index}`.padEnd(20)));
    const blocks = new Set<ArrayBufferLike>();
    let reads = 0;
    for (let offset = 0; ; reads += 1) {
      const slice = buffer.read(offset, 1_000);
      if (slice === undefined) break;
      blocks.add(slice.data.buffer);
      offset += slice.data.length;
    }
    // Views of few blocks, not one object for each piece; a slice across two blocks is a copy of its own.
    expect(reads).toBe(count / 50);
    expect(blocks.size).toBeLessThan(count / 100);
  });

  test("does not change under a reader while more is joined to it", () => {
    const buffer = new OutputBuffer();
    const slices: { readonly data: Uint8Array; readonly text: string }[] = [];
    let end = 0;
    for (let index = 0; index < 5_000; index += 1) {
      const text = `${index},`;
      buffer.append(Buffer.from(text));
      const slice = buffer.read(end, 100);
      if (slice === undefined) throw new Error("nothing to read");
      slices.push({ data: slice.data, text });
      end += text.length;
      if (index % 7 === 0) buffer.consumeTo(end - 2);
      if (index % 1_000 === 0) buffer.consumeTo(end);
    }
    expect(slices.filter(({ data, text }) => Buffer.from(data).toString() !== text)).toEqual([]);
  });

  test("arrives whole and in order however it is written, read and acknowledged", () => {
    const step = fc.record({
      // Small ones are joined in blocks of 16 KiB, those above 4 KiB are kept as they are.
      write: fc.oneof(
        { weight: 5, arbitrary: fc.uint8Array({ maxLength: 20 }) },
        fc.integer({ min: 3_000, max: 5_000 }).map((size) => new Uint8Array(size).fill(size % 251)),
      ),
      read: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 15 }) },
        fc.integer({ max: 9_000, min: 16 }),
      ),
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
        expect(Buffer.from(received).equals(Buffer.from(written))).toBe(true);
      }),
    );
  });
});
