import { expect, test } from "vitest";
import { retryDelaysMs } from "./retry-delays.js";

function take(count: number, random: () => number): number[] {
  const delays = retryDelaysMs(random);
  return Array.from({ length: count }, () => delays.next().value);
}

test("the first try comes at once, the others ever later, up to one a second", () => {
  expect(take(19, () => 0)).toEqual([
    0, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 100, 200, 400, 800, 1_000, 1_000,
  ]);
});

test("chance takes away a quarter at most", () => {
  expect(take(15, () => 1).slice(11)).toEqual([18.75, 18.75, 75, 150]);
});
