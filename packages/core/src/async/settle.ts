import { canceledError, FairleadError } from "../errors/fairlead-error.js";
import { createDeferred } from "./deferred.js";

/** The longest time a timer can take; anything above fires at once in every JavaScript engine. */
export const maxTimerMs = 2_147_483_647;

/** Waits for a promise, but not past a signal. The promise itself goes on; its late failure is not left unhandled. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => {});
  if (signal.aborted) throw canceledError(signal, what);
  const aborted = createDeferred<never>();
  const onAbort = (): void => aborted.reject(canceledError(signal, what));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Waits for a promise at most so long.
 * @throws FairleadError `deadline_exceeded`, naming what was waited for
 */
export async function withinMs<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  promise.catch(() => {});
  const late = createDeferred<never>();
  const timer = setTimeout(
    () => late.reject(new FairleadError("deadline_exceeded", `${what} took longer than ${limitMs} ms`)),
    Math.min(limitMs, maxTimerMs),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tells, after at most so long, whether a promise has settled. It never throws. */
export async function settlesWithinMs(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const late = createDeferred<boolean>();
  const timer = setTimeout(() => late.resolve(false), Math.min(limitMs, maxTimerMs));
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
