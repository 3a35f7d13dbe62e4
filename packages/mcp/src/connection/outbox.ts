/** Bytes that may wait for the server's stdin before more is held back: what one write may sensibly gather. */
const maxUnackedBytes = 1024 * 1024;

/** Where an outbox writes to. */
interface OutboxTarget {
  /** Settles when the bytes were taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** Told once when a write failed; nothing is written after it. */
  onFailed(error: unknown): void;
}

/** The messages on their way to a server: those of one tick leave in one write. */
export interface Outbox {
  send(line: Buffer): void;
  /** Begins to write; what was sent before has waited. */
  attach(target: OutboxTarget): void;
  /** Writes what waits, without waiting for the end of the tick, and takes no more. */
  end(): void;
}

/** Makes an outbox that gathers until it is attached. */
export function createOutbox(): Outbox {
  let queue: Buffer[] = [];
  let unackedBytes = 0;
  let target: OutboxTarget | undefined;
  let scheduled = false;
  let ended = false;

  const write = async (to: OutboxTarget, batch: Buffer): Promise<void> => {
    try {
      await to.write(batch);
    } catch (error) {
      if (target === undefined) return;
      target = undefined;
      ended = true;
      queue = [];
      to.onFailed(error);
      return;
    }
    unackedBytes -= batch.length;
    flush();
  };
  const flush = (): void => {
    scheduled = false;
    if (target === undefined || queue.length === 0 || unackedBytes >= maxUnackedBytes) return;
    const batch = takeBatch();
    unackedBytes += batch.length;
    void write(target, batch);
    flush();
  };
  const takeBatch = (): Buffer => {
    let count = 0;
    let bytes = 0;
    while (count < queue.length && bytes < maxUnackedBytes) bytes += queue[count++]?.length ?? 0;
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    const [only] = batch;
    return only !== undefined && batch.length === 1 ? only : Buffer.concat(batch, bytes);
  };

  return {
    send: (line) => {
      if (ended) return;
      queue.push(line);
      if (scheduled || target === undefined) return;
      scheduled = true;
      queueMicrotask(flush);
    },
    attach: (to) => {
      target = to;
      flush();
    },
    end: () => {
      flush();
      ended = true;
    },
  };
}
