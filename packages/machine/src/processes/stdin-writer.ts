import type { Writable } from "node:stream";
import { createDeferred, type ErrorEffect, FairleadError } from "@fairlead/core";

/** A child's stdin. */
export interface StdinWriter {
  /** One system call per call, unless the pipe is full. @throws FairleadError `unavailable`, reason `stdin_closed` */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes it after what is queued; settles when it is closed, for whatever cause. */
  close(): Promise<void>;
  /** Gives up what is queued. */
  destroy(): void;
  /** Since when no more is accepted, in the milliseconds of `performance.now()`. */
  closedAt(): number | undefined;
}

/** The error for bytes that a child will not read. */
export function stdinClosedError(
  stdin: { readonly program: string; readonly ackedBytes: number; readonly writtenBytes: number },
  effect: ErrorEffect,
  cause?: unknown,
): FairleadError {
  const { program, ackedBytes, writtenBytes } = stdin;
  return new FairleadError(
    "unavailable",
    `The stdin of ${program} is closed; it took ${ackedBytes} of ${writtenBytes} bytes. See why it ended before writing again`,
    { reason: "stdin_closed", effect, cause, details: { ackedBytes, writtenBytes } },
  );
}

/** Takes over a child's stdin. @param program named in errors */
export function createStdinWriter(stdin: Writable, program: string): StdinWriter {
  const closed = createDeferred<void>();
  let closedAt: number | undefined;
  let writtenBytes = 0;
  let ackedBytes = 0;
  let failure: Error | undefined;

  const markClosed = (): void => {
    closedAt ??= performance.now();
  };
  stdin.on("error", (error) => {
    failure ??= error;
    markClosed();
  });
  stdin.once("close", () => {
    markClosed();
    closed.resolve();
  });

  const closedError = (cause: unknown, effect: ErrorEffect): FairleadError =>
    stdinClosedError({ program, ackedBytes, writtenBytes }, effect, cause);

  function write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      writtenBytes += bytes.byteLength;
      if (closedAt !== undefined || stdin.destroyed) {
        reject(closedError(failure, "none"));
        return;
      }
      stdin.write(bytes, (error) => {
        // Node reports success for a write that it gave up because the stream was destroyed.
        const isTaken = (error === null || error === undefined) && !stdin.destroyed;
        if (isTaken) {
          ackedBytes += bytes.byteLength;
          resolve();
        } else {
          markClosed();
          reject(closedError(failure ?? error ?? undefined, "unknown"));
        }
      });
    });
  }

  return {
    write,
    close: () => {
      if (closedAt === undefined) {
        markClosed();
        stdin.end();
      }
      return closed.promise;
    },
    destroy: () => {
      markClosed();
      stdin.destroy();
    },
    closedAt: () => closedAt,
  };
}
