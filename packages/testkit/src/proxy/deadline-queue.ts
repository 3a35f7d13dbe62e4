interface Entry<T> {
  readonly item: T;
  readonly dueMs: number;
}

/**
 * Hands items out in the order they came, none before its deadline. Deadlines are points on the monotonic clock and one
 * timer serves the whole queue, so a late timer delays what is due but never pushes back what follows.
 */
export class DeadlineQueue<T> {
  readonly #onDue: (item: T) => void;
  #entries: Entry<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #held = false;

  constructor(onDue: (item: T) => void) {
    this.#onDue = onDue;
  }

  /** Adds an item. @param dueMs on the clock of `performance.now()`; the order of pushing wins over the deadline */
  push(item: T, dueMs: number): void {
    const isNext = this.#entries.length === 0 && !this.#held;
    if (isNext && dueMs <= performance.now()) return this.#onDue(item);
    this.#entries.push({ item, dueMs });
    if (this.#timer === undefined) this.#schedule();
  }

  /** What waits, oldest first. */
  items(): readonly T[] {
    return this.#entries.map(({ item }) => item);
  }

  /** Stops handing out until {@link release}; deadlines pass meanwhile. */
  hold(): void {
    this.#held = true;
    this.#stopTimer();
  }

  /** Goes on, at once with everything that has become due. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#deliver();
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.#entries = [];
    this.#stopTimer();
  }

  #deliver(): void {
    this.#stopTimer();
    while (!this.#held) {
      const [head] = this.#entries;
      if (head === undefined || head.dueMs > performance.now()) break;
      this.#entries.shift();
      this.#onDue(head.item);
    }
    this.#schedule();
  }

  #schedule(): void {
    const [head] = this.#entries;
    if (head === undefined || this.#held || this.#timer !== undefined) return;
    const leftMs = Math.max(0, Math.ceil(head.dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#deliver(), leftMs);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
