import type { ServerResponse } from "node:http";
import { openSseWriter, type SseWriter } from "./sse-writer.js";

/** The end of a stream that its agent's token sets. */
export interface StreamEnd {
  /** Milliseconds since the epoch; undefined: there is none. */
  readonly atMs: number | undefined;
  /** Told when it has come; the stream ends then. */
  readonly onReached: () => void;
}

/** The event streams of the face that are open now; quiet ones are kept alive. */
export class OpenStreams {
  readonly #keepAliveMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Map<SseWriter, StreamEnd | undefined>();

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
    this.#timer = setInterval(() => this.#tick(), keepAliveMs);
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Begins a stream. @param headers beside those of every event stream
   * @param end noticed when quiet streams are kept alive, so it may come one such pause late. @default none
   */
  open(response: ServerResponse, headers: Readonly<Record<string, string>> = {}, end?: StreamEnd): SseWriter {
    const writer = openSseWriter(response, headers);
    this.#open.set(writer, end);
    writer.onClosed(() => this.#open.delete(writer));
    return writer;
  }

  /** Tells whether a reader has taken nothing of what waits for it since a whole pause. */
  isStuck({ stuckSinceMs }: SseWriter): boolean {
    return stuckSinceMs !== undefined && performance.now() - stuckSinceMs > this.#keepAliveMs;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const writer of this.#open.keys()) writer.end();
  }

  #tick(): void {
    const nowMs = Date.now();
    for (const [writer, end] of this.#open) {
      if (end?.atMs === undefined || nowMs < end.atMs) {
        writer.keepAlive();
        continue;
      }
      // A reader that takes nothing keeps its stream open; it is told once.
      this.#open.set(writer, undefined);
      writer.end();
      end.onReached();
    }
  }
}
