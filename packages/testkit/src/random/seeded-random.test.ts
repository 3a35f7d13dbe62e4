import { expect, test } from "vitest";
import { createSeededRandom, createTestRandom } from "./seeded-random.js";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 50 }, () => random.next());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(createSeededRandom(7).bytes(1_001)).toEqual(createSeededRandom(7).bytes(1_001));
});

test("numbers spread over their range, bounds included", () => {
  const random = createTestRandom("seeded random");
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 10_000; draw += 1) {
    const value = random.integer(-2, 2);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted((one, other) => one - other)).toEqual([-2, -1, 0, 1, 2]);
  for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(300);
  const trues = Array.from({ length: 10_000 }, () => random.chance(0.1)).filter(Boolean).length;
  expect(Math.abs(trues - 1_000)).toBeLessThan(250);
  expect(random.chance(0)).toBe(false);
  expect(random.chance(1)).toBe(true);
});

test("bytes use every value about equally often", () => {
  const bytes = createTestRandom("random bytes").bytes(256 * 1_000);
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});

test("picks from what there is, and refuses what is no seed", () => {
  const random = createSeededRandom(0);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(["a", "b", "c"])));
  expect([...picked].toSorted()).toEqual(["a", "b", "c"]);
  expect(() => random.pick([])).toThrow("nothing to pick");
  for (const seed of [-1, 1.5, Number.NaN, 2 ** 32]) {
    expect(() => createSeededRandom(seed)).toThrow("is not a whole number");
  }
});
