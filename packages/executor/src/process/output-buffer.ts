import { FairleadError } from "@fairlead/core";

/** One stretch of a stream, at its absolute offset. */
export interface OutputSlice {
  readonly offset: number;
  readonly data: Uint8Array;
}

/**
 * Keeps what a process wrote until its reader has consumed it. Offsets count from the first byte of the stream; nothing
 * is dropped before it was acknowledged, so a reader that comes back finds every byte exactly once.
 */
export class OutputBuffer {
  #chunks: Uint8Array[] = [];
  #startOffset = 0;
  #endOffset = 0;

  /** The first byte that is still kept: everything before it was consumed. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** One past the last byte that was ever written. */
  get endOffset(): number {
    return this.#endOffset;
  }

  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#endOffset += chunk.length;
  }

  /**
   * Forgets everything before an offset; an older acknowledgement changes nothing.
   * @returns how many bytes were freed
   * @throws FairleadError `protocol` if the offset lies past the end
   */
  consumeTo(offset: number): number {
    if (offset > this.#endOffset) {
      throw new FairleadError(
        "protocol",
        `Output was acknowledged up to ${offset}, but only ${this.#endOffset} bytes exist`,
        { reason: "frame_invalid" },
      );
    }
    const freed = offset - this.#startOffset;
    if (freed <= 0) return 0;
    let left = freed;
    let dropped = 0;
    for (const chunk of this.#chunks) {
      if (chunk.length > left) break;
      left -= chunk.length;
      dropped += 1;
    }
    this.#chunks.splice(0, dropped);
    const [first] = this.#chunks;
    if (left > 0 && first !== undefined) this.#chunks[0] = first.subarray(left);
    this.#startOffset = offset;
    return freed;
  }

  /**
   * Reads up to so many bytes from an offset on; a view of a single chunk where that serves.
   * @returns undefined if nothing is there yet
   * @throws FairleadError `protocol` if the bytes before the end were consumed already
   */
  read(offset: number, maxBytes: number): OutputSlice | undefined {
    if (offset < this.#startOffset || offset > this.#endOffset) {
      throw new FairleadError(
        "protocol",
        `Output is wanted from ${offset}, but the executor keeps ${this.#startOffset} to ${this.#endOffset}`,
        { reason: "frame_invalid" },
      );
    }
    if (offset === this.#endOffset) return undefined;
    const parts: Uint8Array[] = [];
    let skip = offset - this.#startOffset;
    let size = 0;
    for (const chunk of this.#chunks) {
      if (skip >= chunk.length) {
        skip -= chunk.length;
        continue;
      }
      const part = chunk.subarray(skip, skip + maxBytes - size);
      skip = 0;
      parts.push(part);
      size += part.length;
      if (size >= maxBytes) break;
    }
    const [only] = parts;
    return { offset, data: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts) };
  }
}
