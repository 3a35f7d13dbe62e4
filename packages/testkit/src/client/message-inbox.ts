import { createDeferred, type Deferred, FairleadError, maxTimerMs } from "@fairlead/core";

/** A JSON-RPC message as it came: whatever fields it has, known or not. */
export interface RawMessage {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly [field: string]: unknown;
}

interface Waiter {
  readonly matches: (message: RawMessage) => boolean;
  readonly taken: Deferred<RawMessage>;
}

/**
 * Messages on their way from a reader to whoever waits for them. Each is handed out once, in order of arrival; one that
 * came before anybody asked is kept, so nothing is lost and no test depends on who was faster.
 */
export class MessageInbox {
  /** Every message there ever was, handed out or not. */
  readonly all: RawMessage[] = [];
  readonly #unclaimed: RawMessage[] = [];
  readonly #texts = new Map<RawMessage, string>();
  readonly #waiters = new Set<Waiter>();
  readonly #explain: () => string;
  #ended = false;

  /** @param explain tells, for error messages, what is known about the sender */
  constructor(explain: () => string) {
    this.#explain = explain;
  }

  /** Takes a message in: the longest waiting match gets it, else it is kept. @param text what it was on the wire */
  add(message: RawMessage, text: string): void {
    this.all.push(message);
    this.#texts.set(message, text);
    for (const waiter of this.#waiters) {
      if (waiter.matches(message)) {
        this.#waiters.delete(waiter);
        waiter.taken.resolve(message);
        return;
      }
    }
    this.#unclaimed.push(message);
  }

  /** The very text of a message that came. */
  textOf(message: RawMessage): string {
    const text = this.#texts.get(message);
    if (text !== undefined) return text;
    throw new FairleadError("usage", "This message did not come here: give the very object");
  }

  /** Says that nothing will come any more: everybody who waits fails now instead of at the time limit. */
  end(): void {
    this.#ended = true;
    for (const waiter of this.#waiters) waiter.taken.reject(this.#endedError());
    this.#waiters.clear();
  }

  /**
   * Takes the first message that matches, already here or still to come.
   * @throws FairleadError `deadline_exceeded`, or `unavailable` once the sender has ended
   */
  async take(
    matches: (message: RawMessage) => boolean,
    timeoutMs: number,
    what: string,
  ): Promise<RawMessage> {
    const index = this.#unclaimed.findIndex(matches);
    const [here] = index === -1 ? [] : this.#unclaimed.splice(index, 1);
    if (here !== undefined) return here;
    if (this.#ended) throw this.#endedError();
    const waiter: Waiter = { matches, taken: createDeferred<RawMessage>() };
    this.#waiters.add(waiter);
    const timer = setTimeout(
      () => {
        this.#waiters.delete(waiter);
        const text = `${what} did not come within ${timeoutMs} ms. ${this.#explain()}`;
        waiter.taken.reject(new FairleadError("deadline_exceeded", text));
      },
      Math.min(timeoutMs, maxTimerMs),
    );
    try {
      return await waiter.taken.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #endedError(): FairleadError {
    return new FairleadError("unavailable", `The output has ended. ${this.#explain()}`, {
      reason: "transport_closed",
    });
  }
}

/** A line or an event as a message; undefined if it is none. */
export function parseMessage(text: string): RawMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as RawMessage) : undefined;
  } catch {
    return undefined;
  }
}
