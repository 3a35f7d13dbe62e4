import { canceledError } from "@fairlead/core";

/** Cold starts of package runners fight for the same cores and disk: four at a time is where that begins to cost. */
const startsPerMachine = 4;

/** Lets only so many servers start at once on each machine. */
export interface StartGate {
  /**
   * Runs the start when its turn comes; starts of one machine go in order.
   * @param signal gives up waiting for the turn; a start that runs must look at it itself
   */
  run<T>(machine: string, start: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Makes a gate. @param limit starts at once, per machine; default 4 */
export function createStartGate(limit = startsPerMachine): StartGate {
  const running = new Map<string, number>();
  const waiting = new Map<string, Set<() => void>>();
  return {
    async run(machine, start, signal) {
      const active = running.get(machine) ?? 0;
      if (active >= limit) {
        const queue = waiting.get(machine) ?? new Set();
        waiting.set(machine, queue);
        await takeTurn(queue, signal);
      } else running.set(machine, active + 1);
      try {
        return await start();
      } finally {
        const [next] = waiting.get(machine) ?? [];
        // A waiting start takes over this one's place, so the count stays as it is.
        if (next !== undefined) next();
        else running.set(machine, (running.get(machine) ?? 1) - 1);
      }
    },
  };
}

function takeTurn(queue: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      queue.delete(enter);
      if (signal !== undefined) reject(canceledError(signal, "The start"));
    };
    const enter = (): void => {
      queue.delete(enter);
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    queue.add(enter);
  });
}
