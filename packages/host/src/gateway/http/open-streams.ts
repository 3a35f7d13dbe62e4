import type { ServerResponse } from "node:http";
import { openSseWriter, type SseWriter } from "./sse-writer.js";

/** The event streams of the face that are open now; quiet ones are kept alive. */
export class OpenStreams {
  readonly #keepAliveMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<SseWriter>();

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
    this.#timer = setInterval(() => this.#tick(), keepAliveMs);
  }

  get count(): number {
    return this.#open.size;
  }

  /** Begins a stream. @param headers beside those of every event stream */
  open(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): SseWriter {
    const writer = openSseWriter(response, headers);
    this.#open.add(writer);
    writer.onClosed(() => this.#open.delete(writer));
    return writer;
  }

  /** Tells whether a reader has taken nothing of what waits for it since a whole pause. */
  isStuck({ stuckSinceMs }: SseWriter): boolean {
    return stuckSinceMs !== undefined && performance.now() - stuckSinceMs > this.#keepAliveMs;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const writer of this.#open) writer.end();
  }

  #tick(): void {
    for (const writer of this.#open) writer.keepAlive();
  }
}
