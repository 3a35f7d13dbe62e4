import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryProcess, type MemoryProcess } from "../test-support/memory-launcher.js";
import { InputGate } from "./input-gate.js";

const windowBytes = 16;

function openGate(bytes = windowBytes): { gate: InputGate; process: MemoryProcess; changes: () => number } {
  const process = createMemoryProcess();
  let changes = 0;
  const gate = new InputGate(process, bytes, () => (changes += 1));
  return { gate, process, changes: () => changes };
}

function frame(offset: number, text: string, end = false): { offset: number; data: Buffer; end: boolean } {
  return { offset, data: Buffer.from(text), end };
}

function textOf({ written }: MemoryProcess): string {
  return Buffer.concat(written).toString();
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("input", () => {
  test("counts as taken only once the kernel has it, in order", async () => {
    const { gate, process, changes } = openGate();
    gate.accept(frame(0, "abc"));
    gate.accept(frame(3, "de"));
    await settled();
    expect([gate.taken, changes()]).toEqual([0, 0]);
    process.takeWrite();
    await settled();
    expect([gate.taken, changes()]).toEqual([3, 1]);
    process.takeWrite();
    await settled();
    expect([gate.taken, changes()]).toEqual([5, 2]);
    expect(textOf(process)).toBe("abcde");
  });

  test("that came before is skipped, wholly or in part", () => {
    const { gate, process } = openGate();
    gate.accept(frame(0, "abcd"));
    gate.accept(frame(0, "abcd"));
    gate.accept(frame(2, "cdef"));
    gate.accept(frame(0, ""));
    expect(textOf(process)).toBe("abcdef");
    expect(process.written).toHaveLength(2);
  });

  test("in tiny frames gathers behind a few writes, and the count of what was taken stays exact", async () => {
    const { gate, process } = openGate(10_000);
    const text = Array.from({ length: 5_000 }, (_, index) => String(index % 10)).join("");
    for (let offset = 0; offset < text.length; offset += 1) gate.accept(frame(offset, text.charAt(offset)));
    gate.accept(frame(text.length, "", true));
    expect(process.written).toHaveLength(16);
    // The end of the input waits for what gathered.
    expect(process.stdinClosed).toBe(false);
    process.takeWrite();
    await settled();
    expect(gate.taken).toBe(1);
    expect(process.written).toHaveLength(17);
    expect(process.stdinClosed).toBe(true);
    expect(textOf(process)).toBe(text);
    for (let writes = 1; writes < 17; writes += 1) process.takeWrite();
    await settled();
    expect(gate.taken).toBe(text.length);
  });

  test("that gathered is given up when the process takes no more", async () => {
    const { gate, process } = openGate(1_000);
    for (let offset = 0; offset < 100; offset += 1) gate.accept(frame(offset, "x"));
    process.takeWrite();
    await settled();
    process.breakStdin();
    await settled();
    // 16 writes, and the rest in one more, of which the kernel had the first.
    expect(gate).toMatchObject({ taken: 1, closed: true });
    expect(process.written).toHaveLength(17);
  });

  test("with a gap breaks the contract", () => {
    const { gate, process } = openGate();
    gate.accept(frame(0, "ab"));
    expect(() => gate.accept(frame(3, "d"))).toThrow(
      expect.objectContaining({ code: "protocol", reason: "frame_invalid" }),
    );
    expect(textOf(process)).toBe("ab");
  });

  test("is refused beyond the window, and taken again once there is room", async () => {
    const { gate, process } = openGate();
    gate.accept(frame(0, "x".repeat(windowBytes)));
    expect(() => gate.accept(frame(windowBytes, "y"))).toThrow(
      expect.objectContaining({ code: "resource_exhausted", reason: "limit_reached" }),
    );
    process.takeWrite();
    await settled();
    gate.accept(frame(windowBytes, "y"));
    expect(textOf(process)).toHaveLength(windowBytes + 1);
  });
});

describe("the end of input", () => {
  test("closes stdin after what came with it, once", () => {
    const { gate, process } = openGate();
    gate.accept(frame(0, "last", true));
    expect(process.stdinClosed).toBe(true);
    expect(textOf(process)).toBe("last");
    // A frame that is sent again after a reconnect says the same again.
    gate.accept(frame(0, "last", true));
    gate.accept(frame(4, "", true));
    expect(textOf(process)).toBe("last");
  });

  test("lets nothing follow", () => {
    const { gate } = openGate();
    gate.accept(frame(0, "a", true));
    expect(() => gate.accept(frame(1, "b"))).toThrow(expect.objectContaining({ reason: "frame_invalid" }));
  });

  test("that the process brings about is told once, with what it had taken", async () => {
    const { gate, process, changes } = openGate();
    gate.accept(frame(0, "abc"));
    gate.accept(frame(3, "def"));
    process.takeWrite();
    await settled();
    process.breakStdin();
    gate.accept(frame(6, "ghi"));
    await settled();
    expect(gate).toMatchObject({ taken: 3, closed: true });
    expect(changes()).toBe(2);
  });
});

test("whatever is sent again, and however it is cut, arrives exactly once", async () => {
  const source = Buffer.from("the quick brown fox jumps over the lazy dog, and the dog does not mind at all");
  const cut = fc.record({ back: fc.nat(12), length: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(fc.array(cut, { maxLength: 80 }), async (cuts) => {
      const { gate, process } = openGate();
      let sent = 0;
      for (const { back, length } of cuts) {
        const from = Math.max(0, sent - back);
        const to = Math.min(source.length, sent + length);
        gate.accept({ offset: from, data: source.subarray(from, to), end: false });
        sent = Math.max(sent, to);
        while (sent - gate.taken > windowBytes - 9) {
          process.takeWrite();
          await Promise.resolve();
        }
      }
      expect(textOf(process)).toBe(source.subarray(0, sent).toString());
    }),
    { numRuns: 60 },
  );
});
