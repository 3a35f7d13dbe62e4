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
  /** In order and without gaps; a whole chunk stays until its last byte was consumed. */
  #chunks: OutputSlice[] = [];
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

  append(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#chunks.push({ offset: this.#endOffset, data });
    this.#endOffset += data.length;
  }

  /**
   * Forgets everything before an offset; an older acknowledgement changes nothing.
   * @returns how many bytes were freed
   * @throws FairleadError `protocol` if the offset lies past the end
   */
  consumeTo(offset: number): number {
    if (offset > this.#endOffset) {
      throw invalid(`Output was acknowledged up to ${offset}, but only ${this.#endOffset} bytes exist`);
    }
    const freed = offset - this.#startOffset;
    if (freed <= 0) return 0;
    this.#startOffset = offset;
    this.#chunks.splice(0, offset === this.#endOffset ? this.#chunks.length : this.#indexOf(offset));
    return freed;
  }

  /**
   * Reads up to so many bytes from an offset on; a view of a single chunk where that serves.
   * @returns undefined if nothing is there yet
   * @throws FairleadError `protocol` if the offset was consumed already or lies past the end
   */
  read(offset: number, maxBytes: number): OutputSlice | undefined {
    if (!(offset >= this.#startOffset && offset <= this.#endOffset)) {
      throw invalid(
        `Output is wanted from ${offset}, but the executor keeps ${this.#startOffset} to ${this.#endOffset}`,
      );
    }
    if (offset === this.#endOffset) return undefined;
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let index = this.#indexOf(offset); index < this.#chunks.length && size < maxBytes; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const from = size === 0 ? offset - chunk.offset : 0;
      const part = chunk.data.subarray(from, from + maxBytes - size);
      parts.push(part);
      size += part.length;
    }
    const [only] = parts;
    return { offset, data: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, size) };
  }

  /** The chunk that holds an offset, by halving: a slow reader leaves tens of thousands of small ones. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#chunks[middle]?.offset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
