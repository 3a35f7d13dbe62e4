import { treeCookieName } from "../environment/environment-names.js";
import type { WatchdogOrder } from "./run-watchdog.js";
import { startWatchdog, type Watchdog } from "./watchdog.js";

/**
 * Two watchdogs are started at least so far apart, should something kill each of them. A start that fails is tried again
 * after twice the pause, and so on: what stands in its way, such as a lack of memory, may pass.
 */
const leastApartMs = 1_000;
const mostApartMs = 30_000;

/** Sees to it that a watchdog runs whenever there is something to watch. */
export interface WatchdogGuard {
  /** Settles when one is armed. @throws FairleadError as {@link startWatchdog} does */
  watch(): Promise<void>;
  /** Lets it go; nothing starts another one. */
  dismiss(): Promise<void>;
}

/**
 * Makes a guard; it starts nothing yet.
 * @param isNeeded whether a watchdog that somebody killed must be replaced before the next launch
 * @param onProblem told each time that it could not be replaced
 */
export function createWatchdogGuard(
  order: WatchdogOrder,
  isNeeded: () => boolean,
  onProblem: (cause: unknown) => void,
): WatchdogGuard {
  let running: Promise<Watchdog> | undefined;
  let dismissed = false;
  let replacing: NodeJS.Timeout | undefined;
  let retryMs = leastApartMs;

  function start(): Promise<Watchdog> {
    const startedAtMs = performance.now();
    const starting = startWatchdog(order, process.env[treeCookieName]);
    running = starting;
    starting.then(
      (watchdog) =>
        void watchdog.exited.then(() => {
          if (running === starting) running = undefined;
          if (!dismissed) replace(startedAtMs + leastApartMs - performance.now());
        }),
      () => {
        if (running === starting) running = undefined;
      },
    );
    return starting;
  }

  function replace(inMs: number): void {
    clearTimeout(replacing);
    replacing = setTimeout(
      () => {
        if (!dismissed && isNeeded()) (running ?? start()).then(onReplaced, onNotReplaced);
      },
      Math.max(0, inMs),
    );
    replacing.unref();
  }

  function onReplaced(): void {
    retryMs = leastApartMs;
  }

  function onNotReplaced(cause: unknown): void {
    onProblem(cause);
    if (dismissed) return;
    retryMs = Math.min(retryMs * 2, mostApartMs);
    replace(retryMs);
  }

  return {
    watch: async () => void (await (running ?? start())),
    dismiss: async () => {
      dismissed = true;
      clearTimeout(replacing);
      await (await running?.catch(() => undefined))?.dismiss();
    },
  };
}
