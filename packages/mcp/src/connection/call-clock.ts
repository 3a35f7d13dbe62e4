import { maxTimerMs } from "@fairlead/core";

/** A deadline whose time can stand still. */
export interface CallClock {
  /** Stops the time until the answer is called. Pauses add up. */
  pause(): () => void;
  /** Ends the clock for good; it will not expire. */
  stop(): void;
}

/**
 * Starts a clock that calls back once when its time is used up.
 * @param timeoutMs clamped to the longest timer there is; undefined, NaN or Infinity never expires
 */
export function startCallClock(timeoutMs: number | undefined, onExpired: () => void): CallClock {
  if (timeoutMs === undefined || !Number.isFinite(timeoutMs)) {
    return { pause: () => () => {}, stop: () => {} };
  }
  let remainingMs = Math.min(Math.max(timeoutMs, 0), maxTimerMs);
  let pauses = 0;
  let stopped = false;
  let startedAtMs = performance.now();
  let timer = setTimeout(onExpired, remainingMs);

  const resume = (): void => {
    pauses -= 1;
    if (pauses > 0 || stopped) return;
    startedAtMs = performance.now();
    timer = setTimeout(onExpired, remainingMs);
  };
  return {
    pause: () => {
      pauses += 1;
      if (pauses === 1) {
        clearTimeout(timer);
        remainingMs = Math.max(0, remainingMs - (performance.now() - startedAtMs));
      }
      let resumed = false;
      return () => {
        if (!resumed) resume();
        resumed = true;
      };
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
