import { canceledError, FairleadError } from "@fairlead/core";

/** How long {@link waitUntil} goes on, and what it calls the thing waited for. */
export interface WaitOptions {
  readonly withinMs: number;
  /** Completes "… did not happen"; a function is asked at the end, so that it can tell the last state seen. */
  readonly what: string | (() => string);
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = 1;
const longestPauseMs = 25;

/**
 * Asks again and again, ever more slowly, until the answer is truthy, and gives that answer.
 * The one allowed poll: only for what sends no event, such as the process table or a file of another process.
 * @throws FairleadError `deadline_exceeded`, or `canceled` when the signal aborts; what the condition throws passes through
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<NonNullable<T>> {
  const startedAtMs = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (options.signal?.aborted === true) throw canceledError(options.signal, describe(options.what));
    const answer = await condition();
    if (isTruthy(answer)) return answer;
    const leftMs = options.withinMs - (performance.now() - startedAtMs);
    if (leftMs <= 0) {
      throw new FairleadError(
        "deadline_exceeded",
        `${describe(options.what)} did not happen within ${options.withinMs} ms`,
      );
    }
    await pause(Math.min(pauseMs, leftMs));
  }
}

function isTruthy<T>(value: T): value is NonNullable<T> {
  return Boolean(value);
}

function describe(what: string | (() => string)): string {
  return typeof what === "string" ? what : what();
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
