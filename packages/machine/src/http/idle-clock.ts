import { maxTimerMs, secondLookMs } from "@fairlead/core";

/** Notices that nothing has moved for too long. */
export interface IdleClock {
  /** Something moved: the time begins anew. */
  moved(): void;
  /** The time stands still until something moves. */
  held(): void;
  stop(): void;
}

/**
 * Starts an idle clock. What is too long is decided twice: a process that was busy or suspended finds its timer due before it
 * has read what had arrived in time.
 */
export function startIdleClock(limitMs: number, onIdle: () => void): IdleClock {
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  const start = (): void => {
    looking = false;
    timer = setTimeout(
      () => {
        looking = true;
        timer = setTimeout(onIdle, secondLookMs);
      },
      Math.min(limitMs, maxTimerMs),
    );
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  start();
  return {
    moved() {
      if (timer !== undefined && !looking) {
        timer.refresh();
        return;
      }
      stop();
      start();
    },
    held: stop,
    stop,
  };
}
