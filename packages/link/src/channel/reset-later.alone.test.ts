import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { resetLater } from "./reset-later.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("an abandoned call is reset once it had its time to end, and not if it did", () => {
  const [left, ended] = [vi.fn<() => void>(), vi.fn<() => void>()];
  resetLater({ cancel: left });
  const keep = resetLater({ cancel: ended });
  vi.advanceTimersByTime(1_999);
  expect(left).not.toHaveBeenCalled();
  keep();
  vi.advanceTimersByTime(10_000);
  expect(left).toHaveBeenCalledTimes(1);
  expect(ended).not.toHaveBeenCalled();
});

test("many abandoned calls are reset so slowly that no server takes it for an attack, and all of them", () => {
  const calls = 600;
  const told = { resets: 0 };
  for (let number = 0; number < calls; number += 1) resetLater({ cancel: () => (told.resets += 1) });
  vi.advanceTimersByTime(2_000);
  expect(told.resets).toBeGreaterThan(100);
  let before = told.resets;
  expect(before).toBeLessThan(300);
  for (let round = 0; round < calls && before < calls; round += 1) {
    vi.advanceTimersByTime(2_000);
    // Node 20 lets 33 a second through.
    expect(told.resets - before).toBeLessThan(2 * 33);
    before = told.resets;
  }
  expect(told.resets).toBe(calls);
});
