import { createInterface } from "node:readline";
import { FairleadError, untilAborted } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { isUndecided, type SeenFile } from "./admit-project-files.js";
import { trustCommandLine } from "./trust-command-line.js";
import { createTrustStore, type TrustDecision } from "./trust-store.js";

/** What a question is asked with. */
export interface TrustQuestionOptions {
  readonly home: string;
  readonly terminal: Terminal;
  /** The files that are asked about. @default those that nobody has decided about */
  readonly isAsked?: ((one: SeenFile) => boolean) | undefined;
  /** @default this program's */
  readonly input?: NodeJS.ReadableStream | undefined;
}

/**
 * Asks the person at the terminal about each file that nobody has decided about, and remembers what is said. No answer, and
 * an empty one, decide nothing.
 * @throws FairleadError `canceled` at Ctrl-C
 */
export async function askTrust(
  seen: readonly SeenFile[],
  { home, terminal, isAsked = isUndecided, input = process.stdin }: TrustQuestionOptions,
): Promise<readonly SeenFile[]> {
  const store = createTrustStore(home);
  const answered: SeenFile[] = [];
  for (const one of seen) {
    const { file, folder, text, state, lines } = one;
    if (!isAsked(one) || text === undefined) {
      answered.push(one);
      continue;
    }
    terminal.tell(`fairlead: ${plainCell(file)} ${newsOf(state)}. Using it means:`);
    for (const line of lines) terminal.tell(`  ${plainCell(line)}`);
    const decision = await readDecision(terminal, input);
    if (decision !== undefined) await store.decide(file, text, decision);
    if (decision === "refused") {
      const undo = trustCommandLine(folder);
      terminal.tell(plainCell(`fairlead: ${file} stays unused until it changes. To be asked again: ${undo}`));
    }
    answered.push({ ...one, state: decision ?? state });
  }
  return answered;
}

function newsOf(state: SeenFile["state"]): string {
  if (state === "changed") return "has changed since you trusted it";
  return state === "refused" ? "is not used, because you said no" : "belongs to this project";
}

/** Undefined at an empty answer, and where the input ends. */
async function readDecision(
  terminal: Terminal,
  input: NodeJS.ReadableStream,
): Promise<TrustDecision | undefined> {
  // Without terminal handling of its own Ctrl-C stays a signal.
  const reader = createInterface({ input, terminal: false });
  const asking = new AbortController();
  const onInterrupt = (): void => {
    asking.abort(new FairleadError("canceled", "Interrupted by SIGINT", { effect: "none" }));
  };
  process.once("SIGINT", onInterrupt);
  try {
    // Only now, because whoever sees it may press Ctrl-C at once.
    terminal.tell("Use it from now on, until it changes? Type yes or no:");
    const lines = reader[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await untilAborted(lines.next(), asking.signal, "The question");
      if (done === true) return undefined;
      const answer = value.trim().toLowerCase();
      if (answer === "yes" || answer === "y") return "trusted";
      if (answer === "no" || answer === "n") return "refused";
      if (answer === "") return undefined;
      terminal.tell("Type yes or no:");
    }
  } finally {
    process.off("SIGINT", onInterrupt);
    reader.close();
  }
}
