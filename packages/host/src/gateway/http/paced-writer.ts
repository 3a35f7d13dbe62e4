import type { ServerResponse } from "node:http";

/** Hands bytes to a response in order, and never more at once than its socket can soon have taken. */
export interface PacedWriter {
  /** Writes bytes behind those that wait. @param onTaken told when the socket took all of them; never, once it is gone */
  write(bytes: Buffer, onTaken?: () => void): void;
  /** Ends the response behind what was written. */
  end(): void;
}

/**
 * So much is on its way into the socket at most. A socket tells of a write when the whole of it was taken, over TLS of
 * nothing before: so this much has to get through between two looks at whether a connection is stuck, 6 KB/s by default.
 */
const windowBytes = 256 * 1024;

interface Waiting {
  readonly bytes: Buffer;
  readonly onTaken: (() => void) | undefined;
  /** How much of it has been handed over. */
  at: number;
}

const queues = new WeakMap<ServerResponse, ReadonlySet<Waiting>>();

/** Tells whether the reader of a response has yet to take something that was written, paced or not. */
export function isBehind(response: ServerResponse): boolean {
  return response.writableLength > 0 || (queues.get(response)?.size ?? 0) > 0;
}

/** Makes the writer of a response; nothing else may write to it from now on. */
export function createPacedWriter(response: ServerResponse): PacedWriter {
  const queue = new Set<Waiting>();
  let sentBytes = 0;
  let isEnding = false;
  queues.set(response, queue);
  response.on("close", () => queue.clear());

  const send = (bytes: Buffer, onTaken: (() => void) | undefined): void => {
    sentBytes += bytes.length;
    response.write(bytes, (error) => {
      sentBytes -= bytes.length;
      // What becomes of the rest is told by the close of the connection.
      if (error !== null && error !== undefined) return;
      onTaken?.();
      pump();
    });
  };
  const pump = (): void => {
    for (const waiting of queue) {
      while (queue.has(waiting)) {
        const room = windowBytes - sentBytes;
        if (room <= 0) return;
        const piece = waiting.bytes.subarray(waiting.at, waiting.at + room);
        waiting.at += piece.length;
        const isWhole = waiting.at === waiting.bytes.length;
        if (isWhole) queue.delete(waiting);
        send(piece, isWhole ? waiting.onTaken : undefined);
      }
    }
    if (isEnding && !response.writableEnded) response.end();
  };
  return {
    write(bytes, onTaken) {
      if (queue.size === 0 && bytes.length <= windowBytes - sentBytes) return send(bytes, onTaken);
      queue.add({ bytes, onTaken, at: 0 });
      pump();
    },
    end() {
      isEnding = true;
      if (queue.size === 0) response.end();
    },
  };
}
