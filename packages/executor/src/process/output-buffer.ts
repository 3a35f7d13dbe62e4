import { FairleadError } from "@fairlead/core";

/** One stretch of a stream, at its absolute offset. */
export interface OutputSlice {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Chunks up to this size are joined where they gather: one alone costs some 400 bytes beside its own. */
const smallBytes = 4 * 1024;
const blockBytes = 16 * 1024;

/** Where small chunks are joined. Bytes once written never change, so views of them may be handed out. */
interface Block {
  readonly bytes: Buffer;
  usedBytes: number;
}

/**
 * Keeps what a process wrote until its reader has consumed it. Offsets count from the first byte of the stream; nothing
 * is dropped before it was acknowledged, so a reader that comes back finds every byte exactly once.
 */
export class OutputBuffer {
  /** In order and without gaps; a whole chunk stays until its last byte was consumed. */
  #chunks: OutputSlice[] = [];
  #block: Block | undefined;
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
    // One that comes alone is read at once, so copying it would be for nothing.
    const kept = this.#chunks.length === 0 || data.length > smallBytes ? data : this.#join(data);
    if (kept !== undefined) this.#chunks.push({ offset: this.#endOffset, data: kept });
    this.#endOffset += data.length;
  }

  /** Copies a chunk behind the ones before it. @returns a chunk to keep, or undefined if it became part of the last one */
  #join(data: Uint8Array): Uint8Array | undefined {
    let block = this.#block;
    if (block === undefined || block.usedBytes + data.length > blockBytes) {
      block = { bytes: Buffer.allocUnsafe(blockBytes), usedBytes: 0 };
      this.#block = block;
    }
    const from = block.usedBytes;
    block.bytes.set(data, from);
    block.usedBytes += data.length;
    const last = this.#chunks.at(-1);
    const start = block.bytes.byteOffset;
    const isBehindLast =
      last !== undefined &&
      last.data.buffer === block.bytes.buffer &&
      last.data.byteOffset + last.data.length === start + from &&
      last.data.byteOffset >= start;
    if (!isBehindLast) return block.bytes.subarray(from, block.usedBytes);
    const joined = block.bytes.subarray(last.data.byteOffset - start, block.usedBytes);
    this.#chunks[this.#chunks.length - 1] = { offset: last.offset, data: joined };
    return undefined;
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
    const isAll = offset === this.#endOffset;
    this.#chunks.splice(0, isAll ? this.#chunks.length : this.#indexOf(offset));
    if (isAll) this.#block = undefined;
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
