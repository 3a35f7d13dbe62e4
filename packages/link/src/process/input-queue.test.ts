import { FairleadError } from "@fairlead/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputQueue } from "./input-queue.js";

describe("input on its way to a remote process", () => {
  test("goes out in order, small writes together in one frame", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("ab"));
    void queue.write(Buffer.from("cd"));
    expect(queue.next(wide)).toEqual({ offset: 0, data: Buffer.from("abcd"), end: false });
    expect(queue.next(wide)).toBeUndefined();
  });

  test("stops at the window and goes on when the kernel took some of it", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("abcdefgh"));
    expect(queue.next(narrow(4))?.data.toString()).toBe("abcd");
    expect(queue.next(narrow(4))).toBeUndefined();
    expect(queue.taken(3)).toBe(true);
    expect(queue.next(narrow(4))).toEqual({ offset: 4, data: Buffer.from("efg"), end: false });
  });

  test("is settled write by write, when the last byte of each was taken", async () => {
    const queue = new InputQueue();
    const settled: string[] = [];
    const first = queue.write(Buffer.from("abc")).then(() => settled.push("first"));
    const second = queue.write(Buffer.from("de")).then(() => settled.push("second"));
    queue.next(wide);
    queue.taken(4);
    await first;
    expect(settled).toEqual(["first"]);
    queue.taken(5);
    await second;
    expect(settled).toEqual(["first", "second"]);
  });

  test("ends after what was written before", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("abcde"));
    queue.end();
    expect(queue.next(narrow(3))).toMatchObject({ end: false });
    queue.taken(3);
    expect(queue.next(wide)).toEqual({ offset: 3, data: Buffer.from("de"), end: true });
    expect(queue.next(wide)).toBeUndefined();
  });

  test("that was not taken is told how far it came", async () => {
    const queue = new InputQueue();
    const write = queue.write(Buffer.from("abcdef"));
    queue.next(wide);
    queue.taken(2);
    queue.close();
    await expect(write).rejects.toMatchObject({
      code: "unavailable",
      reason: "stdin_closed",
      details: { ackedBytes: 2, writtenBytes: 6 },
    });
    await expect(queue.write(Buffer.from("x"))).rejects.toMatchObject({ reason: "stdin_closed" });
  });

  test("fails with the session's own error when that was lost", async () => {
    const queue = new InputQueue();
    const write = queue.write(Buffer.from("abc"));
    queue.close(new FairleadError("unavailable", "gone", { reason: "session_lost" }));
    await expect(write).rejects.toMatchObject({ reason: "session_lost" });
  });

  test("is sent again from where the other side stands, after its stream broke", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("abcdef"));
    queue.end();
    expect(queue.next({ windowBytes: 100, frameBytes: 4 })).toMatchObject({ offset: 0, end: false });
    expect(queue.next(wide)).toMatchObject({ offset: 4, end: true });
    queue.resume(1, 3);
    expect(queue.next(wide)).toEqual({ offset: 3, data: Buffer.from("def"), end: true });
    expect(queue.next(wide)).toBeUndefined();
  });

  test("whose end was lost with its stream says the end again, also where every byte was taken", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("abc"));
    queue.next(wide);
    queue.taken(3);
    expect(queue.mustResume).toBe(false);
    queue.end();
    expect(queue.next(wide)).toEqual({ offset: 3, data: Buffer.alloc(0), end: true });
    expect([queue.isSettled, queue.mustResume]).toEqual([true, true]);
    queue.resume(3, 3);
    expect(queue.next(wide)).toEqual({ offset: 3, data: Buffer.alloc(0), end: true });
    expect(queue.next(wide)).toBeUndefined();
  });

  test("cannot have arrived before it was sent", () => {
    const queue = new InputQueue();
    void queue.write(Buffer.from("abcdef")).catch(() => {});
    expect(() => queue.taken(1)).toThrow(
      expect.objectContaining({ code: "protocol", reason: "frame_invalid" }),
    );
    expect(() => queue.resume(0, 1)).toThrow(expect.objectContaining({ reason: "frame_invalid" }));
  });

  test("arrives whole, once and within the window, however it is cut and wherever the link breaks", () => {
    const action = fc.record({
      write: fc.uint8Array({ maxLength: 30 }),
      arrive: fc.integer({ min: 0, max: 40 }),
      take: fc.integer({ min: 0, max: 40 }),
      breaks: fc.boolean(),
      loseFrames: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 1, max: 16 }),
        (actions, windowBytes, frameBytes) => {
          const queue = new InputQueue();
          const written: number[] = [];
          const received: number[] = [];
          let line: { offset: number; data: Buffer }[] = [];
          let taken = 0;
          const send = (): void => {
            const room = { windowBytes, frameBytes };
            for (let frame = queue.next(room); frame !== undefined; frame = queue.next(room)) {
              expect(frame.data.length).toBeLessThanOrEqual(frameBytes);
              expect(frame.offset + frame.data.length - taken).toBeLessThanOrEqual(windowBytes);
              line.push(frame);
            }
          };
          const arrive = (frameCount: number): void => {
            for (const { offset, data } of line.splice(0, frameCount)) {
              expect(offset).toBeLessThanOrEqual(received.length);
              received.push(...data.subarray(received.length - offset));
            }
          };
          const take = (byteCount: number): void => {
            taken = Math.min(received.length, taken + byteCount);
          };
          for (const next of actions) {
            queue.write(next.write).catch(() => {});
            written.push(...next.write);
            send();
            arrive(next.arrive);
            take(next.take);
            if (next.breaks) {
              line = line.slice(0, Math.max(0, line.length - next.loseFrames));
              arrive(line.length);
              line = [];
              queue.resume(taken, received.length);
            } else queue.taken(taken);
          }
          while (taken < written.length) {
            send();
            arrive(line.length);
            take(written.length);
            queue.taken(taken);
          }
          expect(received).toEqual(written);
        },
      ),
    );
  });
});

const wide = { windowBytes: 100, frameBytes: 50 };

function narrow(windowBytes: number): { windowBytes: number; frameBytes: number } {
  return { windowBytes, frameBytes: 50 };
}
