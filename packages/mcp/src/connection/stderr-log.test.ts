import { describe, expect, test } from "vitest";
import { createStderrLog } from "./stderr-log.js";

const kibibyte = 1024;

function tailOf(text: string, maxBytes?: number): string {
  const log = createStderrLog(() => {});
  // In uneven chunks, as pipes give them.
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 777) log.push(bytes.subarray(at, at + 777));
  return log.tail(maxBytes);
}

describe("the last words of a server", () => {
  test("are all there up to 4 KiB", () => {
    const text = `first\n${"x".repeat(4 * kibibyte - 12)}\nlast\n`;
    expect(Buffer.byteLength(text)).toBe(4 * kibibyte);
    expect(tailOf(text)).toBe(text);
    expect(tailOf("")).toBe("");
  });

  test("begin with a whole line where more was said", () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`);
    const tail = tailOf(lines.join(""));
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4 * kibibyte);
    expect(Buffer.byteLength(tail)).toBeGreaterThan(4 * kibibyte - 10);
    expect(lines.slice(-tail.split("\n").length + 1).join("")).toBe(tail);
  });

  test("keep a line that happens to begin at the cut", () => {
    expect(tailOf("gone\nkept\n", 5)).toBe("kept\n");
    expect(tailOf("gone\nkept\n", 6)).toBe("kept\n");
  });

  test("keep most of a line that is longer than they are", () => {
    const tail = tailOf(`${"y".repeat(10 * kibibyte)}\nexit 3\n`);
    expect(tail).toHaveLength(4 * kibibyte);
    expect(tail).toMatch(/^y+\nexit 3\n$/);
  });

  test.each([0, 1, 2, 3])("never begin with half a character (%i bytes before)", (lead) => {
    const tail = tailOf("a".repeat(lead) + "😀".repeat(20_000));
    expect(tail).toMatch(/^(?:😀)+$/u);
    expect(Buffer.byteLength(tail)).toBeGreaterThan(4 * kibibyte - 4);
  });

  test("reach back 64 KiB at most", () => {
    const tail = tailOf("z".repeat(100 * kibibyte), 80 * kibibyte);
    expect(tail).toBe("z".repeat(64 * kibibyte));
  });
});
