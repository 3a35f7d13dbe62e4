import { describe, expect, test } from "vitest";
import { createDeferred } from "./deferred.js";
import { settlesWithinMs, untilAborted, withinMs } from "./settle.js";

describe("waiting for a promise", () => {
  test("gives its outcome", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(1), signal, "It")).toBe(1);
    await expect(untilAborted(Promise.reject(new Error("no")), signal, "It")).rejects.toThrow("no");
    expect(await withinMs(Promise.resolve(2), 1_000, "It")).toBe(2);
  });

  test("ends when the signal fires, and leaves no listener behind", async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const waiting = untilAborted(createDeferred<void>().promise, controller.signal, "The start");
    expect(listeners.count).toBe(1);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "canceled", message: "The start was cancelled" });
    expect(listeners.count).toBe(0);
  });

  test("leaves no listener behind when the promise settles first", async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    await untilAborted(Promise.resolve(), signal, "It");
    expect(listeners.count).toBe(0);
  });

  test("does not begin when the signal has fired already", async () => {
    const late = createDeferred<void>();
    await expect(untilAborted(late.promise, AbortSignal.abort(), "It")).rejects.toMatchObject({
      code: "canceled",
    });
    // A failure that comes later is nobody's unhandled rejection.
    late.reject(new Error("late"));
  });

  test("ends at its limit with an error that names what was waited for", async () => {
    await expect(withinMs(createDeferred<void>().promise, 5, "The handshake")).rejects.toMatchObject({
      code: "deadline_exceeded",
      message: "The handshake took longer than 5 ms",
    });
  });

  test("for ever is possible: a limit past what timers take does not fire at once", async () => {
    const slow = createDeferred<string>();
    const waiting = withinMs(slow.promise, Number.POSITIVE_INFINITY, "It");
    setTimeout(() => slow.resolve("came"), 5);
    expect(await waiting).toBe("came");
  });

  test("tells whether it settled in time, whichever way", async () => {
    expect(await settlesWithinMs(Promise.resolve(), 1_000)).toBe(true);
    expect(await settlesWithinMs(Promise.reject(new Error("no")), 1_000)).toBe(true);
    expect(await settlesWithinMs(createDeferred<void>().promise, 5)).toBe(false);
  });
});

function countListeners(signal: AbortSignal): { count: number } {
  const listeners = { count: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners.count += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners.count -= 1;
    remove(...args);
  };
  return listeners;
}
