import { FairleadError, type OutputHandler, type OutputName } from "@fairlead/core";

/** Where one output stream stands: what arrived, what was consumed, and what the executor was told of that. */
export class OutputCursor {
  readonly #name: OutputName;
  readonly #deliver: OutputHandler;
  #received = 0;
  #consumed = 0;
  #acknowledged = 0;

  constructor(name: OutputName, deliver: OutputHandler) {
    this.#name = name;
    this.#deliver = deliver;
  }

  get received(): number {
    return this.#received;
  }

  /** Consumed bytes that the executor was not told about yet. */
  get unacknowledgedBytes(): number {
    return this.#consumed - this.#acknowledged;
  }

  /** Delivers what is new; bytes that came before are skipped. @throws FairleadError `protocol` for a gap */
  receive(offset: number, data: Uint8Array): void {
    if (offset > this.#received) {
      throw new FairleadError(
        "protocol",
        `${this.#name} has a gap: expected ${this.#received}, got ${offset}`,
        {
          reason: "frame_invalid",
        },
      );
    }
    const fresh = data.subarray(this.#received - offset);
    if (fresh.length === 0) return;
    this.#received += fresh.length;
    this.#deliver(this.#name, fresh);
  }

  consume(byteCount: number): void {
    this.#consumed = Math.min(this.#received, this.#consumed + byteCount);
  }

  /** The offset to tell whoever may not have heard of it. */
  acknowledgeAgain(): number {
    this.#acknowledged = this.#consumed;
    return this.#consumed;
  }

  /** The offset to acknowledge now; undefined if the executor knows it already. */
  acknowledge(): number | undefined {
    if (this.#consumed === this.#acknowledged) return undefined;
    this.#acknowledged = this.#consumed;
    return this.#consumed;
  }
}
