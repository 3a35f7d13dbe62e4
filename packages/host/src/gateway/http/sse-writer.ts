import type { ServerResponse } from "node:http";
import { createPacedWriter } from "./paced-writer.js";

/** Writes one event stream. It never waits: what the socket has not taken is counted by whoever writes. */
export interface SseWriter {
  /**
   * Writes a message as an event.
   * @param onTaken told when the socket took it, or that it never will
   */
  write(event: { readonly id?: string | undefined; readonly message: Buffer }, onTaken: OnTaken): void;
  /**
   * Tells where a reader may go on, before there is any message.
   * @param isEvent whether as an event without data, which agents of older revisions stumble over
   */
  prime(id: string, options: { readonly retryMs: number; readonly isEvent: boolean }): void;
  /** Writes a comment, if nothing else waits to be written. */
  keepAlive(): void;
  /** Ends the stream behind what was written. */
  end(): void;
  /** Since when the socket has taken nothing of what waits, on the clock of `performance.now`; undefined if nothing waits. */
  readonly stuckSinceMs: number | undefined;
  /** Called once, when the stream has ended or was broken by either side. */
  onClosed(listener: () => void): void;
}

/** Told once about the end of one written message. */
export type OnTaken = (isTaken: boolean) => void;

/** Copying less than this into one write is cheaper than writing it in pieces. */
const joinedBytes = 16 * 1024;

/** Begins an event stream. @param headers beside those of every event stream */
export function openSseWriter(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): SseWriter {
  const paced = createPacedWriter(response);
  const waiting = new Set<OnTaken>();
  let movedAtMs = 0;
  let isOpen = !response.destroyed;
  let isEnded = false;
  response.on("close", () => {
    isOpen = false;
    // Node never calls back for what is written between the end of a connection and its close.
    for (const settle of waiting) settle(false);
  });
  if (isOpen) {
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    response.flushHeaders();
  }
  const wait = (onTaken?: OnTaken): (() => void) => {
    if (waiting.size === 0) movedAtMs = performance.now();
    const settle: OnTaken = (isTaken) => {
      if (!waiting.delete(settle)) return;
      movedAtMs = performance.now();
      onTaken?.(isTaken);
    };
    waiting.add(settle);
    return () => settle(true);
  };
  const canWrite = (): boolean => isOpen && !isEnded;

  return {
    write({ id, message }, onTaken) {
      if (!canWrite()) {
        queueMicrotask(() => onTaken(false));
        return;
      }
      const head = Buffer.from(`event: message\n${id === undefined ? "" : `id: ${id}\n`}data: `);
      if (message.length <= joinedBytes) {
        paced.write(Buffer.concat([head, message, eventEnd]), wait(onTaken));
        return;
      }
      response.cork();
      paced.write(head);
      paced.write(message);
      paced.write(eventEnd, wait(onTaken));
      response.uncork();
    },
    prime(id, { retryMs, isEvent }) {
      const event = `id: ${id}\nretry: ${retryMs}\n${isEvent ? "data: \n" : ""}\n`;
      if (canWrite()) paced.write(Buffer.from(event), wait());
    },
    keepAlive() {
      if (canWrite() && waiting.size === 0) paced.write(comment, wait());
    },
    end() {
      if (canWrite()) paced.end();
      isEnded = true;
    },
    get stuckSinceMs() {
      return waiting.size === 0 ? undefined : movedAtMs;
    },
    onClosed(listener) {
      if (isOpen) response.on("close", listener);
      else queueMicrotask(listener);
    },
  };
}

const comment = Buffer.from(": \n\n");
const eventEnd = Buffer.from("\n\n");

/** Gives a message as one line: what is not escaped in JSON may only be white space there. */
export function toLine(message: Buffer): Buffer {
  let end = message.length;
  while (end > 0 && (message[end - 1] === 0x0a || message[end - 1] === 0x0d)) end -= 1;
  const line = message.subarray(0, end);
  if (!line.includes(0x0a) && !line.includes(0x0d)) return line;
  return Buffer.from(line.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
}
