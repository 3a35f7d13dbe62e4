import { createDeferred } from "@fairlead/core";
import type { ControlSessionMessage } from "@fairlead/mcp";
import type { ProgramSession, SessionOwner } from "./program-session.js";

/** Above this much output that waits for its reader, the program is read no further. */
const maxWaitingBytes = 1024 * 1024;

/**
 * Listens from the call on, not from the first read on. Whoever reads too slowly slows the program down and misses nothing,
 * save what it writes while it is being stopped.
 * It ends after the last word, `cancelled` or `connectionRevoked`.
 * @param signal ends it at once, without a last word
 */
export function listenStream(
  session: ProgramSession,
  owner: SessionOwner,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<ControlSessionMessage, undefined> {
  const waiting: ControlSessionMessage[] = [];
  let waitingBytes = 0;
  let isOver = false;
  let news = createDeferred<void>();
  let release: (() => void) | undefined;

  const wake = (): void => {
    news.resolve();
    news = createDeferred();
  };
  const account = (bytes: number): void => {
    waitingBytes += bytes;
    if (isOver || waitingBytes < maxWaitingBytes / 2) {
      release?.();
      release = undefined;
    } else if (waitingBytes > maxWaitingBytes) release ??= session.hold();
  };
  const leave = session.listen((message) => {
    waiting.push(message);
    // After the last word the program may be somebody else's, who need not wait for this reader.
    if (message.type === "cancelled" || message.type === "connectionRevoked") isOver = true;
    account(sizeOf(message));
    wake();
  }, owner);
  const end = (): void => {
    isOver = true;
    waiting.length = 0;
    account(-waitingBytes);
    leave();
    signal?.removeEventListener("abort", end);
    wake();
  };
  if (signal?.aborted === true) end();
  else signal?.addEventListener("abort", end, { once: true });

  const stream: AsyncIterableIterator<ControlSessionMessage, undefined> = {
    async next() {
      for (;;) {
        const value = waiting.shift();
        if (value !== undefined) {
          account(-sizeOf(value));
          return { done: false, value };
        }
        if (isOver) {
          end();
          return { done: true, value: undefined };
        }
        await news.promise;
      }
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

function sizeOf(message: ControlSessionMessage): number {
  if (message.type !== "event" || message.event.type !== "output") return 0;
  return (message.event.data ?? message.event.dataBase64 ?? "").length;
}
