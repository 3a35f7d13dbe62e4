/** A message that is kept for a reader who is not there, or may come back. */
export interface KeptMessage {
  readonly message: Buffer;
  /** Whether somebody waits for it: an answer, or a question of ours. */
  readonly isAwaited: boolean;
  /** Whether it was sent once already. */
  wasSent: boolean;
  /** Called when the store lets go of it to make room. */
  onDropped(): void;
}

/** What one session keeps, bounded in bytes. What is being written at the moment is not here. */
export interface ReplayStore {
  keep(kept: KeptMessage): void;
  /** Takes a message out, if it is there. */
  forget(kept: KeptMessage): void;
  /** Lets go of a sent answer that is larger than the bound and older than so many milliseconds. */
  dropLargeOlderThan(ageMs: number): void;
  readonly bytes: number;
}

/** Bounds of {@link ReplayStore}, in bytes. */
export interface ReplayBounds {
  /** Of notifications that wait, of those that were sent, and of awaited messages that were sent: each. */
  readonly replayBytes: number;
  /** Of awaited messages that were never sent. */
  readonly awaitedBytes: number;
}

/** Makes the store of one session. */
export function createReplayStore({ replayBytes, awaitedBytes }: ReplayBounds): ReplayStore {
  const shelves = {
    waiting: createShelf(replayBytes),
    sent: createShelf(replayBytes, { maxAgeMs: sentAgeMs }),
    // One message alone never falls off: it may be the answer that its reader comes back for.
    waitingAwaited: createShelf(awaitedBytes, { spared: 1 }),
    sentAwaited: createShelf(replayBytes, { spared: 1, maxAgeMs: sentAgeMs }),
  };
  const shelfOf = ({ isAwaited, wasSent }: KeptMessage): Shelf => {
    if (isAwaited) return wasSent ? shelves.sentAwaited : shelves.waitingAwaited;
    return wasSent ? shelves.sent : shelves.waiting;
  };
  return {
    keep: (kept) => shelfOf(kept).add(kept),
    forget: (kept) => shelfOf(kept).remove(kept),
    dropLargeOlderThan(ageMs) {
      if (shelves.sentAwaited.bytes > replayBytes) shelves.sentAwaited.dropOlderThan(ageMs);
    },
    get bytes() {
      return Object.values(shelves).reduce((sum, shelf) => sum + shelf.bytes, 0);
    },
  };
}

/**
 * After that long nobody comes back for what was sent. Small messages weigh several times their bytes, so without it a busy
 * session would grow for hours before the bound in bytes is reached.
 */
const sentAgeMs = 60_000;

interface ShelfOptions {
  /** How many of the newest never fall off. @default 0 */
  readonly spared?: number;
  /** Older ones fall off when another one comes. @default none */
  readonly maxAgeMs?: number;
}

interface Shelf {
  add(kept: KeptMessage): void;
  remove(kept: KeptMessage): void;
  dropOlderThan(ageMs: number): void;
  readonly bytes: number;
}

/** First in, first out by bytes and age. */
function createShelf(
  maxBytes: number,
  { spared = 0, maxAgeMs = Number.POSITIVE_INFINITY }: ShelfOptions = {},
): Shelf {
  const addedAtMs = new Map<KeptMessage, number>();
  let bytes = 0;
  const remove = (kept: KeptMessage): void => {
    if (addedAtMs.delete(kept)) bytes -= kept.message.length;
  };
  const dropExcess = (): void => {
    const limit = performance.now() - maxAgeMs;
    for (const [oldest, atMs] of addedAtMs) {
      if ((bytes <= maxBytes && atMs > limit) || addedAtMs.size <= spared) return;
      remove(oldest);
      oldest.onDropped();
    }
  };
  return {
    add(kept) {
      addedAtMs.set(kept, performance.now());
      bytes += kept.message.length;
      dropExcess();
    },
    remove,
    dropOlderThan(ageMs) {
      const limit = performance.now() - ageMs;
      for (const [kept, atMs] of addedAtMs) {
        if (atMs > limit) return;
        remove(kept);
        kept.onDropped();
      }
    },
    get bytes() {
      return bytes;
    },
  };
}
