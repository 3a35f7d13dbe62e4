/** How long nothing is tried after something failed for a reason that passes. */
export interface BackOff {
  /** Milliseconds from `nowMs` in which nothing should be tried; 0: go on. */
  waitMs(nowMs: number): number;
  /** It failed. @param askedMs what the server asked to wait, in milliseconds */
  failed(nowMs: number, askedMs?: number): void;
  succeeded(): void;
}

/** Milliseconds: a first failure may be a hiccup, and nobody should wait for minutes after the network came back. */
const firstMs = 1_000;
const longestMs = 30_000;
/** Whatever a server asks for, it is asked again after ten minutes. */
const longestAskedMs = 600_000;

/** Makes one: 1 s after the first failure, twice as long after each further one up to 30 s, or what the server asks for. */
export function createBackOff(): BackOff {
  let failures = 0;
  let until = 0;
  let since = 0;
  return {
    // A clock that was set back must not make the wait longer.
    waitMs: (nowMs) => (nowMs < since ? 0 : Math.max(0, until - nowMs)),
    failed: (nowMs, askedMs = 0) => {
      const ownMs = Math.min(firstMs * 2 ** Math.min(failures, 10), longestMs);
      failures += 1;
      since = nowMs;
      until = nowMs + Math.max(ownMs, Math.min(askedMs, longestAskedMs));
    },
    succeeded: () => {
      failures = 0;
      until = 0;
    },
  };
}

/** Reads a `Retry-After`: seconds or a date. @returns milliseconds, undefined where it is neither */
export function parseRetryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
