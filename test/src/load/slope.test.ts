import { expect, test } from "vitest";
import { growthPerMinute } from "./support/slope.js";

function readings(valueAt: (minute: number) => number): { atMs: number; value: number }[] {
  return Array.from({ length: 21 }, (_, index) => ({ atMs: index * 6_000, value: valueAt(index / 10) }));
}

test("what stays the same has no slope, and a few bad readings give it none", () => {
  expect(growthPerMinute(readings(() => 40))).toBe(0);
  expect(growthPerMinute(readings((minute) => (minute === 1.5 ? 400 : 40)))).toBe(0);
});

test("what grows by one per cent a minute is told as that", () => {
  expect(growthPerMinute(readings((minute) => 100 + minute))).toBeCloseTo(1 / 101, 6);
});

test("one reading is not enough", () => {
  expect(() => growthPerMinute([{ atMs: 0, value: 1 }])).toThrow("at least two");
});
