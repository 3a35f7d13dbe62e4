import { canceledError } from "@fairlead/core";

const timeColumns = 8;

/** Tells what happens, in lines of at most 80 columns, each with the time that it took. */
export interface Narrator {
  /** Prints a line as it is. */
  say(text?: string): void;
  /**
   * Does one hop and prints how long it took, in milliseconds, and what came of it.
   * @param tell makes the line's text from the hop's result
   * @param work ends by itself at the narrator's signal, or soon: what it opens must reach its owner
   * @throws FairleadError `canceled` where the signal has aborted before, and whatever the work throws
   */
  hop<T>(work: (signal: AbortSignal) => Promise<T>, tell: (result: T) => string): Promise<T>;
}

/** A narrator that prints to the given function, which gets lines without their end; aborting lets no further hop begin. */
export function createNarrator(print: (line: string) => void, signal: AbortSignal): Narrator {
  return {
    say: (text = "") => print(text),
    hop: async (work, tell) => {
      if (signal.aborted) throw canceledError(signal, "It");
      const startedAtMs = performance.now();
      const result = await work(signal);
      const tookMs = performance.now() - startedAtMs;
      print(`${tookMs.toFixed(1).padStart(timeColumns)} ms  ${tell(result)}`);
      return result;
    },
  };
}

/** Cuts a text that came from elsewhere to one line that fits behind the time. */
export function oneLine(text: string, maxChars: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > maxChars ? `${line.slice(0, maxChars - 1)}…` : line;
}
