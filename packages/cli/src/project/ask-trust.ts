import { createInterface } from "node:readline";
import { FairleadError, untilAborted } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { isUndecided, type SeenFile } from "./admit-project-files.js";
import { createTrustStore, type TrustDecision } from "./trust-store.js";

/** What a question is asked with. */
export interface TrustQuestionOptions {
  readonly home: string;
  readonly terminal: Terminal;
  /** @default this program's */
  readonly input?: NodeJS.ReadableStream | undefined;
}

/**
 * Asks the person at the terminal about each file that nobody has decided about, and remembers what is said. No answer at
 * all decides nothing.
 * @throws FairleadError `canceled` at Ctrl-C
 */
export async function askTrust(
  seen: readonly SeenFile[],
  { home, terminal, input = process.stdin }: TrustQuestionOptions,
): Promise<readonly SeenFile[]> {
  const store = createTrustStore(home);
  const answered: SeenFile[] = [];
  for (const one of seen) {
    const { file, text, state, lines } = one;
    if (!isUndecided(one) || text === undefined) {
      answered.push(one);
      continue;
    }
    const what = state === "changed" ? "has changed since you trusted it" : "belongs to this project";
    terminal.tell(`fairlead: ${plainCell(file)} ${what}. Using it means:`);
    for (const line of lines) terminal.tell(`  ${plainCell(line)}`);
    const decision = await readDecision(terminal, input);
    if (decision !== undefined) await store.decide(file, text, decision);
    answered.push({ ...one, state: decision ?? state });
  }
  return answered;
}

/** Undefined where the input ends. */
async function readDecision(
  terminal: Terminal,
  input: NodeJS.ReadableStream,
): Promise<TrustDecision | undefined> {
  terminal.tell("Use it from now on, until it changes? Type yes or no:");
  // Without terminal handling of its own Ctrl-C stays a signal.
  const reader = createInterface({ input, terminal: false });
  const asking = new AbortController();
  const onInterrupt = (): void => {
    asking.abort(new FairleadError("canceled", "Interrupted by SIGINT", { effect: "none" }));
  };
  process.once("SIGINT", onInterrupt);
  try {
    const lines = reader[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await untilAborted(lines.next(), asking.signal, "The question");
      if (done === true) return undefined;
      const answer = value.trim().toLowerCase();
      if (answer === "yes" || answer === "y") return "trusted";
      if (answer === "no" || answer === "n" || answer === "") return "refused";
      terminal.tell("Type yes or no:");
    }
  } finally {
    process.off("SIGINT", onInterrupt);
    reader.close();
  }
}
