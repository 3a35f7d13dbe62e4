import { expect, test } from "vitest";
import { createOutputHolds } from "./output-holds.js";

function source() {
  const state = { held: 0, hold: () => (): void => {} };
  state.hold = () => {
    state.held += 1;
    return () => {
      state.held -= 1;
    };
  };
  return state;
}

test("everybody is held as long as too much waits, and whoever joins then too", () => {
  const holds = createOutputHolds();
  const [first, second, third] = [source(), source(), source()];
  holds.join(first.hold);
  expect(first.held).toBe(0);
  holds.press(true, () => [first.hold, second.hold]);
  holds.join(third.hold);
  expect([first.held, second.held, third.held]).toEqual([1, 1, 1]);
  holds.press(true, () => [first.hold]);
  expect([first.held, second.held, third.held]).toEqual([1, 0, 0]);
  holds.press(false, () => []);
  expect(first.held).toBe(0);
  holds.join(second.hold);
  expect(second.held).toBe(0);
});
