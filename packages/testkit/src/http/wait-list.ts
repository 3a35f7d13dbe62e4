import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";

/** Things that happened and things that somebody waits for, whichever comes first. */
export interface WaitList<T> {
  /** Everything so far, in order. */
  readonly all: readonly T[];
  add(item: T): void;
  /**
   * Takes the first item that matches, past or future; each is given once.
   * @throws FairleadError `deadline_exceeded`
   */
  take(matches: (item: T) => boolean, options: WaitListOptions): Promise<T>;
}

/** How long {@link WaitList.take} waits. */
export interface WaitListOptions {
  readonly withinMs: number;
  /** Completes "… did not come". */
  readonly what: string;
}

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly taken: Deferred<T>;
}

/** Makes an empty list. @param describe tells an item in the message of a wait that was in vain */
export function createWaitList<T>(describe: (item: T) => string): WaitList<T> {
  const all: T[] = [];
  const unclaimed: T[] = [];
  const waiters = new Set<Waiter<T>>();
  return {
    all,
    add: (item) => {
      all.push(item);
      const waiter = [...waiters].find(({ matches }) => matches(item));
      if (waiter === undefined) unclaimed.push(item);
      else {
        waiters.delete(waiter);
        waiter.taken.resolve(item);
      }
    },
    take: async (matches, { withinMs, what }) => {
      const index = unclaimed.findIndex(matches);
      const [here] = index === -1 ? [] : unclaimed.splice(index, 1);
      if (here !== undefined) return here;
      const waiter: Waiter<T> = { matches, taken: createDeferred<T>() };
      waiters.add(waiter);
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        const seen = all.map(describe).join("; ") || "nothing";
        const text = `${what} did not come within ${withinMs} ms. What came: ${seen}`;
        waiter.taken.reject(new FairleadError("deadline_exceeded", text));
      }, withinMs);
      try {
        return await waiter.taken.promise;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
