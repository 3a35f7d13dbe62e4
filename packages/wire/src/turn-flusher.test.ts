import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTurnFlusher } from "./turn-flusher.js";

function counted(): { schedule: () => void; cancel: () => void; flushes: () => number } {
  let flushes = 0;
  const flusher = createTurnFlusher(() => (flushes += 1));
  return { ...flusher, flushes: () => flushes };
}

test("what comes alone is sent before the turn is over", async () => {
  const { schedule, flushes } = counted();
  schedule();
  expect(flushes()).toBe(0);
  await Promise.resolve();
  expect(flushes()).toBe(1);
  await turn();
  await turn();
  expect(flushes()).toBe(1);
});

test("what comes in one go is sent together", async () => {
  const { schedule, flushes } = counted();
  for (let count = 0; count < 10; count += 1) schedule();
  await Promise.resolve();
  expect(flushes()).toBe(1);
});

test("what follows in the same turn shares the next flush", async () => {
  const { schedule, flushes } = counted();
  schedule();
  await Promise.resolve();
  for (let count = 0; count < 10; count += 1) {
    schedule();
    await Promise.resolve();
  }
  expect(flushes()).toBe(1);
  await turn();
  await turn();
  expect(flushes()).toBe(2);
});

test("nothing is sent after the end", async () => {
  const { schedule, cancel, flushes } = counted();
  schedule();
  cancel();
  schedule();
  await turn();
  await turn();
  expect(flushes()).toBe(0);
});
