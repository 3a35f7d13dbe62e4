import {
  findMember,
  type MessageId,
  messageIdKey,
  parseRange,
  readMessageId,
  sliceRange,
} from "@fairlead/mcp";

interface UnderWay {
  readonly abort: AbortController;
  readonly settled: Promise<void>;
}

/** The requests of one agent that wait for their answers, each of which it may take back. */
export class RequestsUnderWay {
  readonly #all = new Set<UnderWay>();
  /** Of two with one id, which no agent should send, a cancellation means the later one. */
  readonly #byId = new Map<string, UnderWay>();

  /**
   * Works on a request, which counts as under way until that settles.
   * @param givenUp takes the request back too, for example when the stream of its answer is closed
   * @param work gets a signal that fires when the request is taken back
   */
  run(
    id: MessageId,
    givenUp: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const key = messageIdKey(id);
    const abort = new AbortController();
    const onGivenUp = (): void => abort.abort(givenUp?.reason);
    if (givenUp?.aborted === true) onGivenUp();
    givenUp?.addEventListener("abort", onGivenUp, { once: true });
    const settled = work(abort.signal).finally(() => {
      givenUp?.removeEventListener("abort", onGivenUp);
      this.#all.delete(entry);
      if (this.#byId.get(key) === entry) this.#byId.delete(key);
    });
    const entry: UnderWay = { abort, settled };
    this.#all.add(entry);
    this.#byId.set(key, entry);
    return settled;
  }

  /** Takes back what a cancellation names. @param params those of the notification, raw */
  cancel(params: Buffer): void {
    const whole = { start: 0, end: params.length };
    const idRange = findMember(params, whole, "requestId");
    const id = idRange === undefined ? undefined : readMessageId(sliceRange(params, idRange));
    if (id === undefined) return;
    const reasonRange = findMember(params, whole, "reason");
    const reason = reasonRange === undefined ? undefined : parseRange(params, reasonRange);
    const text = typeof reason === "string" ? reason : "Cancelled by the agent";
    this.#byId.get(messageIdKey(id))?.abort.abort(text);
  }

  /** Takes back all of them. */
  cancelAll(reason: string): void {
    for (const { abort } of this.#all) abort.abort(reason);
  }

  /** Settles once everything that is under way now is over. */
  async settled(): Promise<void> {
    await Promise.all([...this.#all].map(({ settled }) => settled));
  }
}
