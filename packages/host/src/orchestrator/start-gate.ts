/** Cold starts of package runners fight for the same cores and disk: four at a time is where that begins to cost. */
const startsPerMachine = 4;

/** Lets only so many servers start at once on each machine. */
export interface StartGate {
  /** Runs the start when its turn comes; starts of one machine go in order. */
  run<T>(machine: string, start: () => Promise<T>): Promise<T>;
}

/** Makes a gate. @param limit starts at once, per machine; default 4 */
export function createStartGate(limit = startsPerMachine): StartGate {
  const running = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  return {
    async run(machine, start) {
      const active = running.get(machine) ?? 0;
      if (active >= limit) {
        await new Promise<void>((resolve) => {
          const queue = waiting.get(machine) ?? [];
          queue.push(resolve);
          waiting.set(machine, queue);
        });
      } else running.set(machine, active + 1);
      try {
        return await start();
      } finally {
        const next = waiting.get(machine)?.shift();
        // A waiting start takes over this one's place, so the count stays as it is.
        if (next !== undefined) next();
        else running.set(machine, (running.get(machine) ?? 1) - 1);
      }
    },
  };
}
