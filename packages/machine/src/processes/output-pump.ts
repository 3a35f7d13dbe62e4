import type { Readable } from "node:stream";
import { createDeferred, type OutputHandler, type OutputName } from "@fairlead/core";

/** Carries one output of a child to its reader, never more than the reader has credit for. */
export interface OutputPump {
  /** Gives back credit; reading goes on where it had stopped for lack of it. */
  consumed(byteCount: number): void;
  /** Whether reading has stopped for lack of credit. */
  isStarved(): boolean;
  /** Settles when the output ended and every byte was delivered, or when it was destroyed. */
  readonly ended: Promise<void>;
  /** Lets go of the pipe; what was not read is lost. */
  destroy(): void;
}

/** How a pump is set up. */
export interface OutputPumpOptions {
  readonly name: OutputName;
  /** Bytes delivered but not given back, from which on the pipe is not read any more. One chunk may go beyond it. */
  readonly windowBytes: number;
  readonly onOutput: OutputHandler;
  /** Called when reading stops for lack of credit, and when it goes on. */
  readonly onStarvedChange: () => void;
}

/** Starts to carry an output. */
export function createOutputPump(source: Readable, options: OutputPumpOptions): OutputPump {
  const { name, windowBytes, onOutput, onStarvedChange } = options;
  const ended = createDeferred<void>();
  let unconsumedBytes = 0;
  let starved = false;

  const setStarved = (value: boolean): void => {
    starved = value;
    if (value) source.pause();
    else source.resume();
    onStarvedChange();
  };
  source.on("data", (chunk: Uint8Array) => {
    unconsumedBytes += chunk.byteLength;
    if (unconsumedBytes >= windowBytes && !starved) setStarved(true);
    onOutput(name, chunk);
  });
  // Node resumes the outputs of a child that exited, credit or not.
  source.on("resume", () => {
    if (starved) source.pause();
  });
  // A broken pipe ends the output like its end does: `close` follows either.
  source.on("error", () => source.destroy());
  source.once("close", () => ended.resolve());

  return {
    consumed: (byteCount) => {
      unconsumedBytes = Math.max(0, unconsumedBytes - byteCount);
      if (starved && unconsumedBytes < windowBytes) setStarved(false);
    },
    isStarved: () => starved,
    ended: ended.promise,
    destroy: () => source.destroy(),
  };
}
