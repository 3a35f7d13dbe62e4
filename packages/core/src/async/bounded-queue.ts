import { createDeferred, type Deferred } from "./deferred.js";

/** What bounds a queue. */
export interface BoundedQueueOptions<Item> {
  /** Items that may wait. One more, and all of them are replaced by what {@link overflow} gives. */
  readonly limit: number;
  /** Makes the item that says that others are missing. */
  readonly overflow: () => Item;
  /** Called once when whoever reads wants no more. */
  readonly onReturn?: (() => void) | undefined;
}

/**
 * Items on their way to one reader that may be slower than what they come from. The reader gets what waits before it gets
 * the end or the failure; after that nothing is taken any more.
 */
export class BoundedQueue<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #options: BoundedQueueOptions<Item>;
  #waiting: Item[] = [];
  #end: { readonly failure: unknown } | "well" | undefined;
  #arrived: Deferred<void> | undefined;

  constructor(options: BoundedQueueOptions<Item>) {
    this.#options = options;
  }

  push(item: Item): void {
    if (this.#end !== undefined) return;
    const { limit, overflow } = this.#options;
    if (this.#waiting.length >= limit) this.#waiting = [overflow()];
    else this.#waiting.push(item);
    this.#wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.#end ??= "well";
    this.#wake();
  }

  /** Nothing more comes, because of this. */
  fail(failure: unknown): void {
    this.#end ??= { failure };
    this.#wake();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    for (;;) {
      const [item] = this.#waiting;
      if (item !== undefined) {
        this.#waiting.shift();
        return { done: false, value: item };
      }
      if (this.#end === "well") return { done: true, value: undefined };
      if (this.#end !== undefined) {
        const { failure } = this.#end;
        this.#end = "well";
        throw failure;
      }
      this.#arrived ??= createDeferred();
      await this.#arrived.promise;
    }
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#waiting = [];
    this.end();
    this.#options.onReturn?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    this.#arrived?.resolve();
    this.#arrived = undefined;
  }
}
