import { canceledError } from "@fairlead/core";

const timeColumns = 8;

/** Tells what happens, in lines of at most 80 columns, each with the time that it took. */
export interface Narrator {
  /** Prints a line as it is. */
  say(text?: string): void;
  /**
   * Does one hop and prints how long it took, in milliseconds, and what came of it.
   * @param tell makes the line's text from the hop's result
   * @throws FairleadError `canceled` once the narrator's signal aborts, and whatever the work throws
   */
  hop<T>(work: () => Promise<T>, tell: (result: T) => string): Promise<T>;
}

/** A narrator that prints to the given function, which gets lines without their end; aborting lets no further hop begin. */
export function createNarrator(print: (line: string) => void, signal: AbortSignal): Narrator {
  return {
    say: (text = "") => print(text),
    hop: async (work, tell) => {
      const startedAtMs = performance.now();
      // A hop under way is let finish: what it opens must reach whoever closes it.
      if (signal.aborted) throw canceledError(signal, "It");
      const result = await work();
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
