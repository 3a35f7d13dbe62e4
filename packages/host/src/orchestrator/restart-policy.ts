/** The pauses of supervision, in milliseconds. */
export interface RestartTimes {
  /** Before the first start after an unexpected end; doubled for each one that follows. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Within which failures count together; a server that stayed up for so long counts as sound again. */
  readonly windowMs: number;
  /** Within the window, after which nothing is started any more. */
  readonly maxFailures: number;
  /** From then on until one start is tried. */
  readonly probeAfterMs: number;
}

/** Soon enough for whoever waits, and slow enough for a machine on which it fails for ever. */
export const defaultRestartTimes: RestartTimes = {
  firstPauseMs: 1_000,
  longestPauseMs: 30_000,
  windowMs: 60_000,
  maxFailures: 5,
  probeAfterMs: 60_000,
};

/** What was hindered: a server that was up, a start after a pause, or one that somebody's call asked for. */
export type Hindrance = "run" | "own-start" | "asked-start";

/** Decides when a server that fails may be started again. It holds no timers; times are milliseconds of one clock. */
export interface RestartPolicy {
  /** Notes a failed start, or the loss of a server that was up. @returns how long to wait before starting it again */
  failed(nowMs: number): number;
  /** Notes what ended, or failed to start, through no fault of the server. It opens nothing. @returns as {@link failed} */
  hindered(nowMs: number, what: Hindrance): number;
  /** Milliseconds until another start is worth it after one that was hindered; 0 if it is now. */
  hinderedForMs(nowMs: number): number;
  /** Notes that it is up. @returns whether that ended a time in which it was given up */
  recovered(nowMs: number): boolean;
  /** Whether it failed too often: no start but the one probe is allowed. */
  readonly isOpen: boolean;
  /** Milliseconds until a start is allowed; 0 if it is now. */
  openForMs(nowMs: number): number;
  /** How many failures there were in a row. */
  readonly failureCount: number;
  /** Forgets everything: somebody says that it is repaired. */
  reset(): void;
}

/** Makes a policy that has seen nothing yet. */
export function createRestartPolicy(times: RestartTimes): RestartPolicy {
  let recent: number[] = [];
  let failuresInRow = 0;
  let upSinceMs: number | undefined;
  let openUntilMs: number | undefined;
  let hinderedUntilMs = 0;

  const pauseMs = (): number =>
    Math.min(times.longestPauseMs, times.firstPauseMs * 2 ** Math.min(30, Math.max(0, failuresInRow - 1)));
  return {
    failed(nowMs) {
      if (upSinceMs !== undefined && nowMs - upSinceMs >= times.windowMs) failuresInRow = 0;
      upSinceMs = undefined;
      hinderedUntilMs = 0;
      failuresInRow += 1;
      recent = [...recent.filter((atMs) => nowMs - atMs < times.windowMs), nowMs];
      // A probe that fails shows that nothing has changed.
      const isProbe = openUntilMs !== undefined;
      if (!isProbe && recent.length < times.maxFailures) return pauseMs();
      openUntilMs = nowMs + times.probeAfterMs;
      return times.probeAfterMs;
    },
    hindered(nowMs, what) {
      upSinceMs = undefined;
      // How often somebody asks for a server must not decide when it comes back by itself.
      if (what !== "asked-start" || failuresInRow === 0) failuresInRow += 1;
      if (what !== "run") hinderedUntilMs = nowMs + times.firstPauseMs;
      return pauseMs();
    },
    hinderedForMs: (nowMs) => Math.max(0, hinderedUntilMs - nowMs),
    recovered(nowMs) {
      const wasOpen = openUntilMs !== undefined;
      upSinceMs = nowMs;
      openUntilMs = undefined;
      if (wasOpen) recent = [];
      return wasOpen;
    },
    get isOpen() {
      return openUntilMs !== undefined;
    },
    openForMs: (nowMs) => (openUntilMs === undefined ? 0 : Math.max(0, openUntilMs - nowMs)),
    get failureCount() {
      return failuresInRow;
    },
    reset() {
      recent = [];
      failuresInRow = 0;
      openUntilMs = undefined;
      hinderedUntilMs = 0;
    },
  };
}
