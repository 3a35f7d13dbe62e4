import { readSync } from "node:fs";
import { ReadStream } from "node:tty";
import { createDeferred } from "@fairlead/core";

/** What one call reads; more than the kernel keeps for a terminal that nobody reads. */
const readBytes = 64 * 1024;

/**
 * The output of a terminal, and the owner of its descriptor. Its end is an error of its read (EIO) or a plain end, whichever
 * the event loop sees first. In the second case there may be more to read: the loop takes a short read beside a hang-up for the
 * end, but a terminal always gives less than it was asked for.
 */
export class MasterStream extends ReadStream {
  readonly fd: number;
  #isClosed = false;
  readonly #released = createDeferred<void>();

  constructor(fd: number) {
    super(fd);
    this.fd = fd;
  }

  /** Whether the descriptor is closed. Its number may belong to another file from then on. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * To be called when the child has ended. Before that a destroyed stream keeps its descriptor, because closing it would hang
   * up a child that closed its own end and has still to exit, or that lives on without.
   */
  release(): void {
    this.#released.resolve();
  }

  override push(chunk: Uint8Array | null): boolean {
    if (chunk === null && !this.destroyed) for (const rest of readRest(this.fd)) super.push(rest);
    return super.push(chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#released.promise.then(() => {
      this.#isClosed = true;
      super._destroy(error, done);
    });
  }
}

function* readRest(fd: number): Generator<Buffer> {
  for (let rest = tryRead(fd); rest.length > 0; rest = tryRead(fd)) yield rest;
}

/** Reads what is there, without waiting. @returns nothing at the end, too */
export function tryRead(fd: number): Buffer {
  const buffer = Buffer.allocUnsafe(readBytes);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    return buffer.subarray(0, 0);
  }
}
