/** What a line between two machines is like, in one direction. */
export interface LineShape {
  /** From the last bit leaving to the last bit arriving. */
  readonly delayMs: number;
  /** `Infinity`: no limit. */
  readonly bitsPerSecond: number;
}

/** Bytes that may wait to get onto the line, expressed as time: what a small router keeps. */
const queueMs = 20;
const queueMinBytes = 64 * 1024;
/** What fits on a line without a rate limit; only memory bounds it. */
const unlimitedBytes = 16 * 1024 * 1024;
/** The bucket's depth: how much idle time may be used up afterwards, so that a late timer loses no throughput. */
const bucketMs = 5;
const pieceMs = 1;
const pieceMinBytes = 1_448;
const pieceMaxBytes = 64 * 1024;

/**
 * One direction of a line, shared by everything that is sent over it. A token bucket says when each piece has left;
 * being a clock instead of a counter it does not drift.
 */
export class Line {
  readonly #shape: LineShape;
  readonly #bytesPerMs: number;
  #freeAtMs = 0;

  constructor(shape: LineShape) {
    this.#shape = shape;
    this.#bytesPerMs = shape.bitsPerSecond / 8_000;
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

  /** Puts a piece onto the line. @returns when it arrives, on the clock of `performance.now()` */
  send(byteCount: number): number {
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - bucketMs) + byteCount / this.#bytesPerMs;
    return Math.max(this.#freeAtMs, nowMs) + this.#shape.delayMs;
  }
}
