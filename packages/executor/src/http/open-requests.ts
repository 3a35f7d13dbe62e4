import { FairleadError } from "@fairlead/core";

/** What one session has under way of one kind: HTTP requests, or file streams. */
export class OpenRequests {
  readonly #limit: number;
  readonly #what: string;
  readonly #ends = new Set<(failure: FairleadError) => void>();
  #count = 0;

  /**
   * @param limit how many may be under way at once
   * @param what their kind, for messages
   */
  constructor(limit: number, what = "HTTP requests") {
    this.#limit = limit;
    this.#what = what;
  }

  /** How many are under way. */
  get count(): number {
    return this.#count;
  }

  /** Registers what ends a request when its session is taken over or ends. @returns takes it back */
  join(end: (failure: FairleadError) => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /**
   * Counts one more.
   * @returns counts it no more; calling it again does nothing
   * @throws FairleadError `resource_exhausted`, reason `limit_reached`
   */
  begin(): () => void {
    if (this.#count >= this.#limit) {
      throw new FairleadError(
        "resource_exhausted",
        `This session has ${this.#limit} ${this.#what} under way, which is its limit. Wait for one to end.`,
        { reason: "limit_reached", effect: "none", details: { limit: this.#limit } },
      );
    }
    this.#count += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count -= 1;
    };
  }

  /** Ends all of them. */
  endAll(failure: FairleadError): void {
    for (const end of this.#ends) end(failure);
  }
}
