import { createDeferred, type Deferred } from "@fairlead/core";

/** Counts what is under way, for whoever has to wait until nothing is. */
export class Occupations {
  #count = 0;
  #idle: Deferred<void> | undefined;

  /** Notes that something is under way. @returns notes its end, once */
  begin(): () => void {
    this.#count += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count -= 1;
      if (this.#count === 0) this.letGo();
    };
  }

  /** Settles when nothing is under way any more, or nobody is to wait for it: {@link letGo}. */
  async ended(): Promise<void> {
    if (this.#count === 0) return;
    this.#idle ??= createDeferred();
    await this.#idle.promise;
  }

  /** Ends the wait of everybody who waits now. */
  letGo(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
