/** Above this many waiting bytes an agent's own servers are read no further; below half of it they are again. */
export const egressPressureBytes = 8 * 1024 * 1024;

/**
 * What each waiting message takes beside its bytes: handles and queue entries outweigh small messages several times, so
 * that without this a flood of them would grow memory far beyond the bound.
 */
export const messageOverheadBytes = 2_048;

/** What waits to be written to one agent. The marks are of bytes, with {@link messageOverheadBytes} for each message. */
export interface EgressBudget {
  /** Of the messages alone. */
  readonly queuedBytes: number;
  /** Notes a message of so many bytes that waits from now on. */
  add(bytes: number): void;
  /** Notes what was handed over, or dropped with its stream. @param messageCount how many it were; default 1 */
  remove(bytes: number, messageCount?: number): void;
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
  let queuedCount = 0;
  let isHigh = false;
  let isOver = false;

  const heldBytes = (): number => queuedBytes + queuedCount * messageOverheadBytes;
  const notePressure = (): void => {
    if (!isHigh && heldBytes() > egressPressureBytes) isHigh = true;
    else if (isHigh && heldBytes() < egressPressureBytes / 2) isHigh = false;
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
      queuedCount += 1;
      notePressure();
      if (isOver || isOnlyOne || heldBytes() <= options.maxBytes) return;
      isOver = true;
      options.onOverflow(queuedBytes);
    },
    remove(bytes, messageCount = 1) {
      queuedBytes = Math.max(0, queuedBytes - bytes);
      queuedCount = Math.max(0, queuedCount - messageCount);
      notePressure();
    },
  };
}
