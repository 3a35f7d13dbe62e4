import { maxTimerMs } from "@fairlead/core";

/** Waits, but not past a signal; never rejects. */
export function sleepMs(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, maxTimerMs));
    signal.addEventListener("abort", end, { once: true });
  });
}
