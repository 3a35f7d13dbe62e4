/** What a line between two machines is like, in one direction. */
export interface LineShape {
  /** From the last bit leaving to the last bit arriving. */
  readonly delayMs: number;
  /** `Infinity`: no limit. */
  readonly bitsPerSecond: number;
}

/** Who goes next onto a line that is too slow for all: connections in turn, as fq_codel does it, or bytes as they came. */
export type LineOrder = "fair" | "fifo";

/** One connection's access to a line. */
export interface Lane<T> {
  /** Puts something behind what waits already. A thing of 0 bytes takes no time, but keeps its place. */
  push(item: T, byteCount: number): void;
  /** What waits, oldest first. */
  waiting(): readonly T[];
  /** Forgets what waits; nothing leaves any more. */
  close(): void;
}

/** Bytes that may wait to get onto the line, expressed as time: what a small router keeps. */
const queueMs = 20;
const queueMinBytes = 64 * 1024;
/** What fits on a line without a rate limit; only memory bounds it. */
const unlimitedBytes = 16 * 1024 * 1024;
/** The bucket's depth: how much idle time may be used up afterwards. */
const bucketMs = 5;
const pieceMs = 1;
const pieceMinBytes = 1_448;
const pieceMaxBytes = 64 * 1024;

interface Entry<T> {
  readonly lane: Lane<T>;
  readonly item: T;
  readonly byteCount: number;
  readonly onLeft: (item: T, arrivesAtMs: number) => void;
}

interface Queue<T> {
  entries: Entry<T>[];
  /** What the queue may still send in this round. */
  creditBytes: number;
}

/**
 * One direction of a line, shared by everything that is sent over it. A clock says when the line is free again; being a
 * clock instead of a counter it does not drift, and a late timer costs no throughput.
 */
export class Line<T> {
  readonly #order: LineOrder;
  readonly #shared: Queue<T> = { entries: [], creditBytes: 0 };
  #shape: LineShape;
  #ring: Queue<T>[] = [];
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(shape: LineShape, order: LineOrder) {
    this.#shape = shape;
    this.#order = order;
  }

  /** The largest piece to send at once: about a millisecond's worth, so that senders take turns. */
  get pieceBytes(): number {
    return Math.min(pieceMaxBytes, Math.max(pieceMinBytes, Math.floor(this.#bytesPerMs * pieceMs)));
  }

  /** Bytes that one sender may have waiting and under way together before it must stop. */
  get capacityBytes(): number {
    if (this.#bytesPerMs === Infinity) return unlimitedBytes;
    const queueBytes = Math.max(queueMinBytes, this.#bytesPerMs * queueMs);
    return queueBytes + this.#bytesPerMs * this.#shape.delayMs;
  }

  /** Changes what the line is like for everything that has not left yet. */
  reshape(shape: LineShape): void {
    this.#shape = shape;
    this.#freeAtMs = Math.min(this.#freeAtMs, performance.now());
    this.#run();
  }

  /** Lets a connection send. @param onLeft told when something is on its way, and when it will arrive (`performance.now()`) */
  join(onLeft: (item: T, arrivesAtMs: number) => void): Lane<T> {
    const queue = this.#order === "fifo" ? this.#shared : { entries: [], creditBytes: 0 };
    const lane: Lane<T> = {
      push: (item, byteCount) => this.#push(queue, { lane, item, byteCount, onLeft }),
      waiting: () => queue.entries.filter((entry) => entry.lane === lane).map(({ item }) => item),
      close: () => {
        queue.entries = queue.entries.filter((entry) => entry.lane !== lane);
        this.#run();
      },
    };
    return lane;
  }

  get #bytesPerMs(): number {
    return this.#shape.bitsPerSecond / 8_000;
  }

  #push(queue: Queue<T>, entry: Entry<T>): void {
    queue.entries.push(entry);
    if (queue.entries.length > 1) return;
    // Only idle time is forgotten; while something waits the line owes it every moment that passed.
    if (this.#ring.length === 0) this.#freeAtMs = Math.max(this.#freeAtMs, performance.now() - bucketMs);
    queue.creditBytes = this.pieceBytes;
    this.#ring.push(queue);
    if (this.#timer === undefined) this.#run();
  }

  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (;;) {
      this.#ring = this.#ring.filter(({ entries }) => entries.length > 0);
      const [queue] = this.#ring;
      const [entry] = queue?.entries ?? [];
      if (queue === undefined || entry === undefined) return;
      const nowMs = performance.now();
      if (this.#freeAtMs > nowMs) {
        this.#timer = setTimeout(() => this.#run(), Math.ceil(this.#freeAtMs - nowMs));
        return;
      }
      if (queue.creditBytes <= 0) {
        queue.creditBytes += this.pieceBytes;
        this.#ring.push(...this.#ring.splice(0, 1));
        continue;
      }
      queue.entries.shift();
      queue.creditBytes -= entry.byteCount;
      this.#freeAtMs += entry.byteCount / this.#bytesPerMs;
      entry.onLeft(entry.item, Math.max(this.#freeAtMs, nowMs) + this.#shape.delayMs);
    }
  }
}
