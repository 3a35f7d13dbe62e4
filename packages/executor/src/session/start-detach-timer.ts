import { secondLookMs } from "@fairlead/core";

/** How long somebody is waited for. */
export interface DetachTimerOptions {
  readonly ttlMs: number;
  /** How late the timer may be, in milliseconds, before it means that this machine was suspended. */
  readonly toleranceMs: number;
  readonly onExpired: () => void;
}

/** Counts down while nobody holds a session. @returns stops that */
export function startDetachTimer({ ttlMs, toleranceMs, onExpired }: DetachTimerOptions): () => void {
  let timer = countDown();
  return () => clearTimeout(timer);

  function countDown(): NodeJS.Timeout {
    const dueAtMs = performance.now() + ttlMs;
    return setTimeout(() => {
      // A late timer means that this machine or process was suspended: the client had no chance to come back meanwhile.
      const wasSuspended = performance.now() - dueAtMs > toleranceMs;
      // Looks twice: whoever came back just in time may still wait in a socket that was not read yet.
      timer = wasSuspended ? countDown() : setTimeout(onExpired, secondLookMs);
    }, ttlMs);
  }
}
