import type { ListedItem, ListMethod } from "@fairlead/mcp";
import type { ServerConsumer } from "./agent-server.js";
import type { LogWish } from "./log-levels.js";
import { Occupations } from "./occupations.js";

/** One of those who use a server together: what it wished for, and what it was given. */
export class Member {
  readonly consumer: ServerConsumer;
  /** Stands for it where it must not be kept alive. */
  readonly key = Symbol("member");
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
  readonly #occupations = new Occupations();

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
    const end = this.occupy();
    try {
      return await make(abort.signal);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#calls.delete(abort);
      end();
    }
  }

  /** Notes that something is done for it that a release may have to wait for. @returns notes the end, once */
  occupy(): () => void {
    return this.#occupations.begin();
  }

  /** Takes back every call under way. @returns how many there were */
  cancelCalls(reason: unknown): number {
    for (const abort of this.#calls) abort.abort(reason);
    return this.#calls.size;
  }

  /** Takes back every call under way, and ends every wait for idleness. */
  giveUp(reason: unknown): void {
    this.cancelCalls(reason);
    this.#occupations.letGo();
  }

  /** Settles when nothing is done for it any more, or it is given up. */
  async whenIdle(): Promise<void> {
    await this.#occupations.ended();
  }
}
