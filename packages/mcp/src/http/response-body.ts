import { canceledError, createDeferred, type Deferred, settlesWithinMs, untilAborted } from "@fairlead/core";

/** Lets readers of bodies be held back. */
export interface ReadGate {
  /** Closes the gate until the answer is called. Holds add up. */
  hold(): () => void;
  /** Settles when the gate is open; undefined if it is. */
  whenOpen(): Promise<void> | undefined;
}

/** Makes an open gate. */
export function createReadGate(): ReadGate {
  let holds = 0;
  let opened: Deferred<void> | undefined;
  return {
    hold: () => {
      holds += 1;
      opened ??= createDeferred<void>();
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        holds -= 1;
        if (holds > 0) return;
        opened?.resolve();
        opened = undefined;
      };
    },
    whenOpen: () => opened?.promise,
  };
}

/** Gives the media type of an answer in lower case, without parameters; empty if it names none. */
export function mediaType(response: Response): string {
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

/** Gives up a body; its socket is closed or goes back to its pool. Never throws. */
export function dropBody(response: Response): void {
  // A body that failed already has nothing left to give up.
  response.body?.cancel().catch(() => {});
}

/** How a body is read. */
export interface ReadOptions {
  /** Held back by it, where there is one. */
  readonly gate?: ReadGate | undefined;
  readonly signal: AbortSignal;
  /** Takes each piece; answering false ends the reading. */
  readonly onChunk: (chunk: Uint8Array) => boolean | void;
}

/**
 * Reads a body to its end, or until its reader has enough; what is left is then dropped.
 * @throws whatever breaks the body off, the signal included
 */
export async function readBody(response: Response, options: ReadOptions): Promise<void> {
  const { body } = response;
  if (body === null) return;
  const { gate, signal, onChunk } = options;
  const what = "Reading an answer";
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const stop = (): void => {
    // After the end this does nothing; a body that broke off rejects it once more.
    reader.cancel().catch(() => {});
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const closed = gate?.whenOpen();
      if (closed !== undefined) await untilAborted(closed, signal, what);
      const { done, value } = await reader.read();
      if (signal.aborted) throw canceledError(signal, what);
      if (done || onChunk(value) === false) return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** How much of a body is wanted, and for how long it is waited for. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
}

/** Reads the beginning of a body that may be endless or stall. Never throws. */
export async function readBeginning(response: Response, limits: BodyLimits): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  const patience = new AbortController();
  const reading = readBody(response, {
    signal: patience.signal,
    onChunk: (chunk) => {
      pieces.push(chunk);
      sizeBytes += chunk.length;
      return sizeBytes < limits.maxBytes;
    },
  });
  await settlesWithinMs(reading, limits.maxMs);
  patience.abort();
  return Buffer.concat(pieces).subarray(0, limits.maxBytes);
}
