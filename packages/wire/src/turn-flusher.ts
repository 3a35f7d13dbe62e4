/** Decides when what has gathered is sent. */
export interface TurnFlusher {
  /** Something is there to be sent. Cheap to call often. */
  schedule(): void;
  /** Forgets what was scheduled; nothing is flushed any more. */
  cancel(): void;
}

/**
 * Makes a flusher that sends at once what comes alone, so that a lone message waits for nothing, and together what comes
 * in a crowd: after a flush everything else of the same turn of the event loop shares the next one.
 */
export function createTurnFlusher(flush: () => void): TurnFlusher {
  let cooling: NodeJS.Immediate | undefined;
  let waiting = false;
  let isOver = false;

  const flushNow = (): void => {
    if (!isOver) flush();
  };
  const coolDown = (): void => {
    cooling = undefined;
    if (!waiting) return;
    waiting = false;
    cooling = setImmediate(coolDown);
    flushNow();
  };
  return {
    schedule: () => {
      if (isOver || waiting) return;
      if (cooling === undefined) {
        cooling = setImmediate(coolDown);
        queueMicrotask(flushNow);
      } else waiting = true;
    },
    cancel: () => {
      isOver = true;
      clearImmediate(cooling);
    },
  };
}
