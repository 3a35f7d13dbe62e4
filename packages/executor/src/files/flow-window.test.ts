import { expect, test } from "vitest";
import { type FlowCall, FlowWindow } from "./flow-window.js";

function make(): { flow: FlowWindow; call: { isCongested: boolean }; drain: () => void } {
  let drained = (): void => {};
  const call: FlowCall & { isCongested: boolean } = {
    isCongested: false,
    onDrained: (listener) => {
      drained = listener;
    },
  };
  return { flow: new FlowWindow(call), call, drain: () => drained() };
}

/** Whether a promise waits, after everything that could settle it. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(resolve, "later"));
  return (await Promise.race([promise, later])) === "later";
}

test("nothing is sent before the window is told, or once it is full", async () => {
  const { flow } = make();
  const first = flow.room();
  expect(await waits(first)).toBe(true);
  flow.open(10);
  expect(await first).toBe(10);
  flow.sent(10);
  const second = flow.room();
  expect(await waits(second)).toBe(true);
  flow.consumed(4);
  flow.consumed(2);
  expect(await second).toBe(4);
});

test("what the transport does not take waits, window or not", async () => {
  const { flow, call, drain } = make();
  flow.open(10);
  call.isCongested = true;
  const room = flow.room();
  const clear = flow.clear();
  expect(await waits(room)).toBe(true);
  expect(await waits(clear)).toBe(true);
  call.isCongested = false;
  drain();
  expect(await room).toBe(10);
  expect(await clear).toBe(true);
});

test("nobody waits once it is over", async () => {
  const { flow } = make();
  const room = flow.room();
  flow.stop();
  expect(await room).toBe(0);
  expect(await flow.clear()).toBe(false);
});

test("more than was sent cannot have been consumed", () => {
  const { flow } = make();
  flow.open(10);
  flow.sent(3);
  expect(() => flow.consumed(4)).toThrow(/4 were consumed/);
});
