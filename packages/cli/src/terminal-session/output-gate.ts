import type { OutputHandler, OutputName } from "@fairlead/core";

/** Shows a program's output as ours. */
export interface OutputGate {
  readonly handler: OutputHandler;
  /** Lets through what came so far and everything after it. Until then nothing is shown and no credit given. */
  open(): void;
}

/**
 * Makes a gate before our stdout and stderr.
 * @param onShown called when the terminal or pipe behind us has taken the bytes
 */
export function createOutputGate(onShown: (name: OutputName, byteCount: number) => void): OutputGate {
  const waiting: Parameters<OutputHandler>[] = [];
  let isOpen = false;
  const show: OutputHandler = (name, chunk) => {
    process[name].write(chunk, () => onShown(name, chunk.length));
  };
  return {
    handler: (name, chunk) => {
      if (isOpen) show(name, chunk);
      else waiting.push([name, chunk]);
    },
    open: () => {
      isOpen = true;
      for (const [name, chunk] of waiting.splice(0)) show(name, chunk);
    },
  };
}
