import { FairleadError } from "@fairlead/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputQueue } from "./input-queue.js";

describe("input on its way to a remote process", () => {
  test("goes out in order, small writes together in one frame", () => {
    const queue = new InputQueue(100, 50);
    void queue.write(Buffer.from("ab"));
    void queue.write(Buffer.from("cd"));
    expect(queue.next()).toEqual({ offset: 0, data: Buffer.from("abcd"), end: false });
    expect(queue.next()).toBeUndefined();
  });

  test("stops at the window and goes on when the kernel took some of it", () => {
    const queue = new InputQueue(4, 50);
    void queue.write(Buffer.from("abcdefgh"));
    expect(queue.next()?.data.toString()).toBe("abcd");
    expect(queue.next()).toBeUndefined();
    expect(queue.taken(3)).toBe(true);
    expect(queue.next()).toEqual({ offset: 4, data: Buffer.from("efg"), end: false });
  });

  test("is settled write by write, when the last byte of each was taken", async () => {
    const queue = new InputQueue(100, 50);
    const settled: string[] = [];
    const first = queue.write(Buffer.from("abc")).then(() => settled.push("first"));
    const second = queue.write(Buffer.from("de")).then(() => settled.push("second"));
    queue.next();
    queue.taken(4);
    await first;
    expect(settled).toEqual(["first"]);
    queue.taken(5);
    await second;
    expect(settled).toEqual(["first", "second"]);
  });

  test("ends after what was written before", () => {
    const queue = new InputQueue(3, 50);
    void queue.write(Buffer.from("abcde"));
    queue.end();
    expect(queue.next()).toMatchObject({ end: false });
    queue.taken(3);
    expect(queue.next()).toEqual({ offset: 3, data: Buffer.from("de"), end: true });
    expect(queue.next()).toBeUndefined();
  });

  test("that was not taken is told how far it came", async () => {
    const queue = new InputQueue(100, 50);
    const write = queue.write(Buffer.from("abcdef"));
    queue.next();
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
    const queue = new InputQueue(100, 50);
    const write = queue.write(Buffer.from("abc"));
    queue.close(new FairleadError("unavailable", "gone", { reason: "session_lost" }));
    await expect(write).rejects.toMatchObject({ reason: "session_lost" });
  });

  test("arrives whole, once and within the window, however it is cut", () => {
    const action = fc.record({
      write: fc.uint8Array({ maxLength: 30 }),
      take: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 50 }),
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 1, max: 16 }),
        (actions, windowBytes, frameBytes) => {
          const queue = new InputQueue(windowBytes, frameBytes);
          const written: number[] = [];
          const sent: number[] = [];
          let taken = 0;
          const drain = (): void => {
            for (let frame = queue.next(); frame !== undefined; frame = queue.next()) {
              expect(frame.offset).toBe(sent.length);
              expect(frame.data.length).toBeLessThanOrEqual(frameBytes);
              sent.push(...frame.data);
              expect(sent.length - taken).toBeLessThanOrEqual(windowBytes);
            }
          };
          for (const { write, take } of actions) {
            queue.write(write).catch(() => {});
            written.push(...write);
            drain();
            taken = Math.min(sent.length, taken + take);
            queue.taken(taken);
          }
          while (sent.length < written.length) {
            drain();
            taken = sent.length;
            queue.taken(taken);
          }
          expect(sent).toEqual(written);
        },
      ),
    );
  });
});
