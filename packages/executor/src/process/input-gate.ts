import { FairleadError, type LaunchedProcess } from "@fairlead/core";
import type { Input__Output } from "@fairlead/wire";

/** Takes a client's input by absolute offset, so that nothing is written twice and no gap goes unnoticed. */
export class InputGate {
  readonly #process: LaunchedProcess;
  readonly #windowBytes: number;
  readonly #onChange: () => void;
  #received = 0;
  #taken = 0;
  #endReceived = false;
  #closed = false;

  /** @param onChange called whenever {@link taken} grew or stdin closed */
  constructor(process: LaunchedProcess, windowBytes: number, onChange: () => void) {
    this.#process = process;
    this.#windowBytes = windowBytes;
    this.#onChange = onChange;
  }

  /** Everything before this offset has arrived and need not be sent again. */
  get received(): number {
    return this.#received;
  }

  /** Everything before this offset was taken by the kernel. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether the process takes nothing more although the client did not end its input. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @throws FairleadError `protocol` for a gap or input past its end, `resource_exhausted` past the window */
  accept(input: Input__Output): void {
    const { offset, data } = input;
    if (offset > this.#received) {
      throw new FairleadError("protocol", `Input has a gap: expected ${this.#received}, got ${offset}`, {
        reason: "frame_invalid",
      });
    }
    const fresh = data.subarray(this.#received - offset);
    if (fresh.length > 0) {
      if (this.#endReceived) {
        throw new FairleadError("protocol", "Input came after its end", { reason: "frame_invalid" });
      }
      if (this.#received + fresh.length - this.#taken > this.#windowBytes) {
        throw new FairleadError("resource_exhausted", `More than ${this.#windowBytes} bytes of input wait`, {
          reason: "limit_reached",
        });
      }
      this.#received += fresh.length;
      this.#write(fresh);
    }
    if (input.end && !this.#endReceived) {
      this.#endReceived = true;
      this.#process.closeStdin().catch(() => this.#close());
    }
  }

  #write(bytes: Uint8Array): void {
    this.#process.write(bytes).then(
      () => {
        this.#taken += bytes.length;
        this.#onChange();
      },
      () => this.#close(),
    );
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onChange();
  }
}
