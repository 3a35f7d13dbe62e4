import { canceledError } from "@fairlead/core";

/** Lets one call through at a time, in the order in which they came. */
export interface CallQueue {
  /**
   * Waits for this call's turn.
   * @returns ends the turn; calling it again does nothing
   * @throws FairleadError `canceled`, or the signal's own reason, if it was aborted before its turn
   */
  turn(signal: AbortSignal | undefined): Promise<() => void>;
}

/** Makes a queue. @param what names a call that waits, for errors */
export function createCallQueue(what: string): CallQueue {
  const waiting = new Set<() => void>();
  let isTaken = false;

  const leave = (): (() => void) => {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const [next] = waiting;
      if (next === undefined) isTaken = false;
      else next();
    };
  };
  return {
    async turn(signal) {
      if (signal?.aborted === true) throw canceledError(signal, what);
      if (!isTaken) {
        isTaken = true;
        return leave();
      }
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(enter);
          if (signal !== undefined) reject(canceledError(signal, what));
        };
        const enter = (): void => {
          waiting.delete(enter);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiting.add(enter);
      });
      return leave();
    },
  };
}
