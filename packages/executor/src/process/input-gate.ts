import { FairleadError, type LaunchedProcess } from "@fairlead/core";
import type { Input__Output } from "@fairlead/wire";
import { OutputBuffer } from "./output-buffer.js";

/** Writes that may wait for the kernel one by one; what comes after them gathers, because each one costs memory. */
const mostWrites = 16;
const gatheredWriteBytes = 64 * 1024;

/** Takes a client's input by absolute offset, so that nothing is written twice and no gap goes unnoticed. */
export class InputGate {
  readonly #process: LaunchedProcess;
  readonly #windowBytes: number;
  readonly #onChange: () => void;
  #received = 0;
  #taken = 0;
  /** Writes that the kernel has not taken yet. */
  #writes = 0;
  /** What came while there were too many of them. */
  readonly #gathered = new OutputBuffer();
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
      if (this.#writes < mostWrites && this.#gatheredBytes === 0) this.#write(fresh);
      else if (!this.#closed) this.#gathered.append(fresh);
    }
    if (input.end && !this.#endReceived) {
      this.#endReceived = true;
      if (this.#gatheredBytes === 0) this.#end();
    }
  }

  get #gatheredBytes(): number {
    return this.#gathered.endOffset - this.#gathered.startOffset;
  }

  #write(bytes: Uint8Array): void {
    this.#writes += 1;
    this.#process.write(bytes).then(
      () => {
        this.#writes -= 1;
        this.#taken += bytes.length;
        this.#writeGathered();
        this.#onChange();
      },
      () => {
        this.#writes -= 1;
        this.#close();
      },
    );
  }

  #writeGathered(): void {
    if (this.#closed) return;
    const slice = this.#gathered.read(this.#gathered.startOffset, gatheredWriteBytes);
    if (slice === undefined) return;
    this.#gathered.consumeTo(slice.offset + slice.data.length);
    this.#write(slice.data);
    if (this.#gatheredBytes === 0 && this.#endReceived) this.#end();
  }

  #end(): void {
    this.#process.closeStdin().catch(() => this.#close());
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gathered.consumeTo(this.#gathered.endOffset);
    this.#onChange();
  }
}
