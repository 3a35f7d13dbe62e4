import { createDeferred, type Deferred, type ExecutorLimits, FairleadError } from "@fairlead/core";

/** Counts what was sent of a file and what of it was taken, so that only so much is under way. */
export class UploadWindow {
  #windowBytes = 0;
  #frameBytes = 0;
  #sent = 0;
  #taken = 0;
  #isEnded = false;
  #isOver = false;
  #moved: Deferred<void> | undefined;

  /** Whether everything was sent. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  open(windowBytes: number, limits: Pick<ExecutorLimits, "fileBlockBytes" | "frameMaxBytes">): void {
    this.#windowBytes = windowBytes;
    // Half a window at most, so that one half is on its way while the other is being written.
    this.#frameBytes = Math.max(1, Math.min(limits.fileBlockBytes, limits.frameMaxBytes, windowBytes >> 1));
    this.#wake();
  }

  /** Waits until there is room. @returns how much may be sent in one frame; 0 once it is over */
  async room(): Promise<number> {
    for (;;) {
      if (this.#isOver) return 0;
      const room = this.#windowBytes - (this.#sent - this.#taken);
      if (room > 0) return Math.min(room, this.#frameBytes);
      this.#moved ??= createDeferred();
      await this.#moved.promise;
    }
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** @throws FairleadError `protocol` for more than was sent */
  taken(offset: number): void {
    if (offset > this.#sent) {
      throw new FairleadError("protocol", `${offset} bytes were taken, but only ${this.#sent} were sent`, {
        reason: "frame_invalid",
      });
    }
    this.#taken = Math.max(this.#taken, offset);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    this.#moved?.resolve();
    this.#moved = undefined;
  }
}
