import type { OutputHandler, OutputName } from "@fairlead/core";

/** What happens around a limit. */
export interface OutputLimitOptions {
  /** Bytes of all outputs together. @default none */
  readonly limitBytes: number | undefined;
  readonly onOutput: OutputHandler;
  /** Whether what is above the limit still goes through: the rest of a process that has ended already does. */
  isOver(): boolean;
  /** Called for every chunk above the limit, with the bytes that were thrown away. */
  readonly onExceeded: (name: OutputName, droppedBytes: number) => void;
}

/** Lets output through up to the limit, to the byte. */
export function limitOutput(options: OutputLimitOptions): OutputHandler {
  const { limitBytes, onOutput } = options;
  if (limitBytes === undefined) return onOutput;
  let leftBytes = limitBytes;
  let isDropping: boolean | undefined;
  return (name, chunk) => {
    const isExceeded = chunk.byteLength > leftBytes;
    // Decided once: what follows a cut must not come through again because the process has ended meanwhile.
    if (isExceeded) isDropping ??= !options.isOver();
    const passed = isExceeded && isDropping === true ? chunk.subarray(0, leftBytes) : chunk;
    leftBytes = Math.max(0, leftBytes - chunk.byteLength);
    if (passed.byteLength > 0) onOutput(name, passed);
    if (isExceeded) options.onExceeded(name, chunk.byteLength - passed.byteLength);
  };
}
