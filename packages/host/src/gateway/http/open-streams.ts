import type { ServerResponse } from "node:http";
import { openSseWriter, type SseWriter } from "./sse-writer.js";

/** A connection that takes nothing for so many pauses of the keep-alive is dead, or as good as dead. */
const deadPauses = 4;

/** The event streams of the face that are open now; quiet ones are kept alive. */
export class OpenStreams {
  readonly #keepAliveMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Map<SseWriter, { readonly isResumable: boolean }>();

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
    this.#timer = setInterval(() => this.#tick(), keepAliveMs);
  }

  get count(): number {
    return this.#open.size;
  }

  /** @param options.isResumable whether a reader can come back, so that a dead connection may be broken */
  open(
    response: ServerResponse,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly isResumable: boolean },
  ): SseWriter {
    const writer = openSseWriter(response, options.headers ?? {});
    this.#open.set(writer, options);
    writer.onClosed(() => this.#open.delete(writer));
    return writer;
  }

  /** Tells whether a reader has taken nothing of what waits for it since a whole pause. */
  isStuck({ stuckSinceMs }: SseWriter, pauses = 1): boolean {
    return stuckSinceMs !== undefined && performance.now() - stuckSinceMs > pauses * this.#keepAliveMs;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const writer of this.#open.keys()) writer.end();
  }

  #tick(): void {
    for (const [writer, { isResumable }] of this.#open) {
      if (isResumable && this.isStuck(writer, deadPauses)) writer.destroy();
      else writer.keepAlive();
    }
  }
}
