import { createDeferred, type Deferred } from "@fairlead/core";
import type { ListedItem, ListMethod } from "@fairlead/mcp";
import type { ServerConsumer } from "./agent-server.js";
import type { LogWish } from "./log-levels.js";

/** One of those who use a server together: what it wished for, and what it was given. */
export class Member {
  readonly consumer: ServerConsumer;
  /** The lists that it knows; null where it was told of none because there was none yet. */
  readonly given = new Map<ListMethod, readonly ListedItem[] | null>();
  /** The resources that it wants to be told of. */
  readonly uris = new Set<string>();
  logWish: LogWish | undefined;
  /** How often it asked to hold the server's output back. */
  outputHolds = 0;
  /** It takes part no more, but for the calls that it still waits for. */
  isLeaving = false;
  readonly #calls = new Set<AbortController>();
  #idle: Deferred<void> | undefined;

  constructor(consumer: ServerConsumer) {
    this.consumer = consumer;
  }

  /** Makes a call that can be taken back by its own signal, and with all others by {@link cancelCalls}. */
  async track<T>(signal: AbortSignal | undefined, make: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#calls.add(abort);
    try {
      return await make(abort.signal);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#calls.delete(abort);
      if (this.#calls.size === 0) this.#idle?.resolve();
    }
  }

  /** Takes back every call under way. @returns how many there were */
  cancelCalls(reason: unknown): number {
    for (const abort of this.#calls) abort.abort(reason);
    return this.#calls.size;
  }

  /** Settles when no call is under way. */
  async whenIdle(): Promise<void> {
    if (this.#calls.size === 0) return;
    this.#idle ??= createDeferred();
    await this.#idle.promise;
  }
}
