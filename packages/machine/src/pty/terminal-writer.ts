import { writeSync } from "node:fs";
import { createDeferred, type Deferred } from "@fairlead/core";
import { type StdinWriter, stdinClosedError } from "../processes/stdin-writer.js";
import type { MasterStream } from "./master-stream.js";

/** What one call writes at most: the kernel takes no more than about 12 KiB that nobody reads. */
const callBytes = 16 * 1024;
/** Calls in one turn, so that a child that reads as fast as we write does not keep the loop to itself. */
const callsPerTurn = 4;
/** A full terminal cannot be waited for, only asked again: this many times at the next turn, for a child about to read… */
const quickAttempts = 2;
/** …then ever less often, so that a child that never reads costs nothing. */
const retryMs = { first: 1, most: 25 };

/** End of transmission, which the terminal takes as end of file at the start of a line. */
const endOfFile = 0x04;
const lineEnds = [0x0a, 0x0d];

interface Entry {
  readonly bytes: Uint8Array;
  readonly taken: Deferred<void>;
  /** How much of it counts as written by the caller. */
  readonly countedBytes: number;
  offset: number;
}

/**
 * Writes to a terminal without ever waiting inside of a call. A terminal has no end of file; closing sends the character
 * that means it, after what was written before, and programs that put the terminal into raw mode see that character.
 * @param program named in errors
 */
export function createTerminalWriter(master: MasterStream, program: string): StdinWriter {
  const queue: Entry[] = [];
  const closed = createDeferred<void>();
  let closedAt: number | undefined;
  let destroyed = false;
  let writtenBytes = 0;
  let ackedBytes = 0;
  let lastByte: number | undefined;
  let attempts = 0;
  let cancelRetry: (() => void) | undefined;

  function enqueue(bytes: Uint8Array, countedBytes: number): Promise<void> {
    const entry: Entry = { bytes, taken: createDeferred(), countedBytes, offset: 0 };
    queue.push(entry);
    if (cancelRetry === undefined) writeQueued();
    return entry.taken.promise;
  }

  function writeQueued(): void {
    cancelRetry = undefined;
    for (let call = 0; call < callsPerTurn; call += 1) {
      const entry = queue[0];
      if (entry === undefined) return;
      // Nobody has the other end any more, or the number belongs to another file by now.
      if (master.destroyed) return destroy();
      const { bytes, offset } = entry;
      const byteCount = tryWrite(bytes.subarray(offset, offset + callBytes));
      if (byteCount === "broken") return destroy();
      if (byteCount === 0 && bytes.length > 0) return retryLater();
      attempts = 0;
      entry.offset += byteCount;
      if (entry.offset < bytes.length) continue;
      queue.shift();
      ackedBytes += entry.countedBytes;
      entry.taken.resolve();
    }
    if (queue.length > 0) retryLater();
  }

  /** @returns how many bytes the kernel took */
  function tryWrite(bytes: Uint8Array): number | "broken" {
    try {
      return writeSync(master.fd, bytes);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return code === "EAGAIN" || code === "EINTR" ? 0 : "broken";
    }
  }

  function retryLater(): void {
    attempts += 1;
    if (attempts <= quickAttempts) {
      const immediate = setImmediate(writeQueued);
      cancelRetry = () => clearImmediate(immediate);
      return;
    }
    const pauseMs = Math.min(retryMs.most, retryMs.first * 2 ** Math.min(attempts - quickAttempts - 1, 10));
    const timer = setTimeout(writeQueued, pauseMs);
    cancelRetry = () => clearTimeout(timer);
  }

  function destroy(): void {
    if (destroyed) return;
    destroyed = true;
    closedAt ??= performance.now();
    cancelRetry?.();
    for (const entry of queue.splice(0)) {
      entry.taken.reject(stdinClosedError({ program, ackedBytes, writtenBytes }, "unknown"));
    }
    closed.resolve();
  }

  return {
    write: async (bytes) => {
      writtenBytes += bytes.byteLength;
      if (closedAt !== undefined || master.destroyed) {
        throw stdinClosedError({ program, ackedBytes, writtenBytes }, "none");
      }
      lastByte = bytes.at(-1) ?? lastByte;
      await enqueue(bytes, bytes.byteLength);
    },
    close: () => {
      if (closedAt !== undefined) return closed.promise;
      closedAt = performance.now();
      // Within a line the first one only hands over what was typed so far.
      const atLineStart = lastByte === undefined || lineEnds.includes(lastByte);
      const bytes = Uint8Array.from(atLineStart ? [endOfFile] : [endOfFile, endOfFile]);
      void enqueue(bytes, 0).then(
        () => closed.resolve(),
        () => closed.resolve(),
      );
      return closed.promise;
    },
    destroy,
    closedAt: () => closedAt,
  };
}
