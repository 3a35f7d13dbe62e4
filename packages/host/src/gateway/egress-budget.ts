/** Above this many waiting bytes an agent's own servers are read no further; below half of it they are again. */
export const egressPressureBytes = 8 * 1024 * 1024;

/** What waits to be written to one agent, in bytes. Counts of messages do not matter, only bytes do. */
export interface EgressBudget {
  readonly queuedBytes: number;
  /** Notes bytes that wait from now on. */
  add(bytes: number): void;
  /** Notes bytes that were handed over, or dropped with their stream. */
  remove(bytes: number): void;
}

/** What a budget reports. */
export interface EgressBudgetOptions {
  /** More than this may wait only if it is one single message. */
  readonly maxBytes: number;
  /** Told when the agent turns out slow, and when it has caught up. */
  readonly onPressure: (isHigh: boolean) => void;
  /** Told once, when the bound is passed. */
  readonly onOverflow: (queuedBytes: number) => void;
}

/** Makes the count of one agent's waiting bytes. */
export function createEgressBudget(options: EgressBudgetOptions): EgressBudget {
  let queuedBytes = 0;
  let isHigh = false;
  let isOver = false;

  const notePressure = (): void => {
    if (!isHigh && queuedBytes > egressPressureBytes) isHigh = true;
    else if (isHigh && queuedBytes < egressPressureBytes / 2) isHigh = false;
    else return;
    options.onPressure(isHigh);
  };
  return {
    get queuedBytes() {
      return queuedBytes;
    },
    add(bytes) {
      const isOnlyOne = queuedBytes === 0;
      queuedBytes += bytes;
      notePressure();
      if (isOver || isOnlyOne || queuedBytes <= options.maxBytes) return;
      isOver = true;
      options.onOverflow(queuedBytes);
    },
    remove(bytes) {
      queuedBytes = Math.max(0, queuedBytes - bytes);
      notePressure();
    },
  };
}
