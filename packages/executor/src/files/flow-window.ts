import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";

/** What a flow needs of the stream that it goes over. */
export interface FlowCall {
  readonly isCongested: boolean;
  onDrained(listener: () => void): void;
}

/** Counts what was sent and what of it was consumed, in bytes or whatever is sent, so that only so much is under way. */
export class FlowWindow {
  readonly #call: FlowCall;
  #size = 0;
  #sent = 0;
  #consumed = 0;
  #isOver = false;
  #moved: Deferred<void> | undefined;

  constructor(call: FlowCall) {
    this.#call = call;
    call.onDrained(() => this.#wake());
  }

  /** How much may be under way; before it is told nothing may. */
  open(size: number): void {
    this.#size = size;
    this.#wake();
  }

  /** Waits until there is room, here and in the transport. @returns how much; 0 once it is over */
  async room(): Promise<number> {
    for (;;) {
      const room = this.#size - (this.#sent - this.#consumed);
      if (this.#isOver) return 0;
      if (room > 0 && !this.#call.isCongested) return room;
      await this.#move();
    }
  }

  /** Waits for room in the transport alone. @returns whether it goes on */
  async clear(): Promise<boolean> {
    while (this.#call.isCongested && !this.#isOver) await this.#move();
    return !this.#isOver;
  }

  sent(amount: number): void {
    this.#sent += amount;
  }

  /** @throws FairleadError `protocol` for more than was sent */
  consumed(offset: number): void {
    if (offset > this.#sent) {
      throw new FairleadError("protocol", `${offset} were consumed, but only ${this.#sent} were sent`, {
        reason: "frame_invalid",
      });
    }
    this.#consumed = Math.max(this.#consumed, offset);
    this.#wake();
  }

  /** Lets nothing through any more. */
  stop(): void {
    this.#isOver = true;
    this.#wake();
  }

  #move(): Promise<void> {
    this.#moved ??= createDeferred();
    return this.#moved.promise;
  }

  #wake(): void {
    this.#moved?.resolve();
    this.#moved = undefined;
  }
}
