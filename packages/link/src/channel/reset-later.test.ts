import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { resetLater } from "./reset-later.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("an abandoned call is reset once it had its time to end, and not if it did", () => {
  const [left, ended] = [vi.fn(), vi.fn()];
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
  let resets = 0;
  for (let number = 0; number < calls; number += 1) resetLater({ cancel: () => (resets += 1) });
  vi.advanceTimersByTime(2_000);
  expect(resets).toBeGreaterThan(100);
  let before = resets;
  expect(before).toBeLessThan(300);
  for (let second = 0; resets < calls; second += 1) {
    vi.advanceTimersByTime(2_000);
    // Node 20 lets 33 a second through.
    expect(resets - before).toBeLessThan(2 * 33);
    expect(second).toBeLessThan(calls);
    before = resets;
  }
});
