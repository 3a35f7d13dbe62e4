import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";

interface PendingWrite {
  readonly endOffset: number;
  readonly settled: Deferred<void>;
}

/** One frame's worth of input. */
export interface InputFrame {
  readonly offset: number;
  readonly data: Buffer;
  readonly end: boolean;
}

/** How much may be sent. */
export interface InputRoom {
  /** Bytes that may be under way, not yet taken by the kernel. */
  readonly windowBytes: number;
  /** Payload of one frame. */
  readonly frameBytes: number;
}

/**
 * Bytes on their way to a remote stdin: ordered, within the window, each write settled when the kernel took it. What was
 * sent is kept until then, so that it can be sent again over another connection.
 */
export class InputQueue {
  /** From the first byte that was not taken, in order and without gaps. */
  #chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  /** The chunk that the next byte to send lies in. */
  #nextChunk = 0;
  #writes: PendingWrite[] = [];
  #writtenOffset = 0;
  #sentOffset = 0;
  #takenOffset = 0;
  #ended = false;
  #endSent = false;
  #failure: FairleadError | undefined;

  /** Whether every byte that was sent was taken too. */
  get isSettled(): boolean {
    return this.#sentOffset === this.#takenOffset;
  }

  /** Whether a new stream must first hear what arrived: of bytes under way, or of the end, which nobody acknowledges. */
  get mustResume(): boolean {
    return !this.isSettled || this.#endSent;
  }

  /** Whether there is something that was not sent yet: bytes, or the end. */
  get isWaiting(): boolean {
    return this.unsentBytes > 0 || (this.#ended && !this.#endSent);
  }

  /** Bytes that were not sent yet. */
  get unsentBytes(): number {
    return this.#writtenOffset - this.#sentOffset;
  }

  /** @returns settles when the bytes were taken; rejects if they never will be */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.reject(this.#closedError("was closed before this write"));
    if (bytes.length === 0) return Promise.resolve();
    this.#chunks.push({ offset: this.#writtenOffset, bytes });
    this.#writtenOffset += bytes.length;
    const settled = createDeferred<void>();
    this.#writes.push({ endOffset: this.#writtenOffset, settled });
    return settled.promise;
  }

  end(): void {
    this.#ended = true;
  }

  /** The next frame that there is room for; undefined if there is none now. */
  next({ windowBytes, frameBytes }: InputRoom): InputFrame | undefined {
    if (this.#failure !== undefined || this.#endSent) return undefined;
    const data = this.#read(Math.min(frameBytes, windowBytes - (this.#sentOffset - this.#takenOffset)));
    const end = this.#ended && this.unsentBytes === data.length;
    if (data.length === 0 && !end) return undefined;
    const offset = this.#sentOffset;
    this.#sentOffset += data.length;
    this.#endSent = end;
    return { offset, data, end };
  }

  /**
   * Notes what the kernel took. @returns whether that made room
   * @throws FairleadError `protocol` for more than was ever sent
   */
  taken(offset: number): boolean {
    if (offset > this.#sentOffset) throw beyondSent(offset, this.#sentOffset);
    if (offset <= this.#takenOffset) return false;
    this.#takenOffset = offset;
    const dropped = countWhile(this.#chunks, (chunk) => chunk.offset + chunk.bytes.length <= offset);
    this.#chunks.splice(0, dropped);
    this.#nextChunk -= dropped;
    const settled = countWhile(this.#writes, (write) => write.endOffset <= offset);
    for (const write of this.#writes.splice(0, settled)) write.settled.resolve();
    return true;
  }

  /** Goes on from what has arrived, over a new stream; what was under way is sent again. */
  resume(takenOffset: number, receivedOffset: number): void {
    if (receivedOffset > this.#sentOffset || receivedOffset < takenOffset) {
      throw beyondSent(receivedOffset, this.#sentOffset);
    }
    this.taken(takenOffset);
    this.#sentOffset = receivedOffset;
    this.#endSent = false;
    this.#nextChunk = countWhile(
      this.#chunks,
      (chunk) => chunk.offset + chunk.bytes.length <= receivedOffset,
    );
  }

  /** Fails every write that was not taken, and those to come. */
  close(error?: FairleadError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error ?? this.#closedError("takes nothing more");
    for (const write of this.#writes) write.settled.reject(this.#failure);
    this.#writes = [];
    this.#chunks = [];
  }

  /** Bytes from the next one to send on: a view where they lie in one chunk. */
  #read(maxBytes: number): Buffer {
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < maxBytes) {
      const chunk = this.#chunks[this.#nextChunk];
      if (chunk === undefined) break;
      const from = this.#sentOffset + size - chunk.offset;
      const part = chunk.bytes.subarray(from, from + maxBytes - size);
      parts.push(part);
      size += part.length;
      if (from + part.length === chunk.bytes.length) this.#nextChunk += 1;
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) {
      return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
    }
    return Buffer.concat(parts, size);
  }

  #closedError(what: string): FairleadError {
    return new FairleadError("unavailable", `The process's stdin ${what}`, {
      reason: "stdin_closed",
      details: { ackedBytes: this.#takenOffset, writtenBytes: this.#writtenOffset },
    });
  }
}

function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  const index = items.findIndex((item) => !holds(item));
  return index < 0 ? items.length : index;
}

function beyondSent(offset: number, sentOffset: number): FairleadError {
  return new FairleadError(
    "protocol",
    `Input was acknowledged up to ${offset}, but only ${sentOffset} was sent`,
    {
      reason: "frame_invalid",
    },
  );
}
