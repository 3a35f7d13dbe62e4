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

/** Bytes on their way to a remote stdin: ordered, within the window, and each write settled when the kernel took it. */
export class InputQueue {
  readonly #windowBytes: number;
  readonly #frameBytes: number;
  #unsent: Uint8Array[] = [];
  #writes: PendingWrite[] = [];
  #writtenOffset = 0;
  #sentOffset = 0;
  #takenOffset = 0;
  #ended = false;
  #endSent = false;
  #failure: FairleadError | undefined;

  constructor(windowBytes: number, frameBytes: number) {
    this.#windowBytes = windowBytes;
    this.#frameBytes = frameBytes;
  }

  /** @returns settles when the bytes were taken; rejects if they never will be */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.reject(this.#closedError("was closed before this write"));
    if (bytes.length === 0) return Promise.resolve();
    this.#unsent.push(bytes);
    this.#writtenOffset += bytes.length;
    const settled = createDeferred<void>();
    this.#writes.push({ endOffset: this.#writtenOffset, settled });
    return settled.promise;
  }

  end(): void {
    this.#ended = true;
  }

  /** The next frame that the window allows; undefined if there is none now. */
  next(): InputFrame | undefined {
    if (this.#failure !== undefined || this.#endSent) return undefined;
    const room = Math.min(this.#frameBytes, this.#windowBytes - (this.#sentOffset - this.#takenOffset));
    const data = this.#dequeue(room);
    const end = this.#ended && this.#unsent.length === 0;
    if (data.length === 0 && !end) return undefined;
    const offset = this.#sentOffset;
    this.#sentOffset += data.length;
    this.#endSent = end;
    return { offset, data, end };
  }

  /** Notes what the kernel took. @returns whether that made room */
  taken(offset: number): boolean {
    if (offset <= this.#takenOffset) return false;
    this.#takenOffset = offset;
    let settled = 0;
    for (const write of this.#writes) {
      if (write.endOffset > offset) break;
      write.settled.resolve();
      settled += 1;
    }
    this.#writes.splice(0, settled);
    return true;
  }

  /** Fails every write that was not taken, and those to come. */
  close(error?: FairleadError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error ?? this.#closedError("takes nothing more");
    for (const write of this.#writes) write.settled.reject(this.#failure);
    this.#writes = [];
    this.#unsent = [];
  }

  #dequeue(maxBytes: number): Buffer {
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < maxBytes) {
      const [chunk] = this.#unsent;
      if (chunk === undefined) break;
      const part = chunk.subarray(0, maxBytes - size);
      parts.push(part);
      size += part.length;
      if (part.length === chunk.length) this.#unsent.shift();
      else this.#unsent[0] = chunk.subarray(part.length);
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) {
      return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
    }
    return Buffer.concat(parts);
  }

  #closedError(what: string): FairleadError {
    return new FairleadError("unavailable", `The process's stdin ${what}`, {
      reason: "stdin_closed",
      details: { ackedBytes: this.#takenOffset, writtenBytes: this.#writtenOffset },
    });
  }
}
