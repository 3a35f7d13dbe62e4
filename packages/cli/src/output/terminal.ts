import type { FairleadError } from "@fairlead/core";
import { errorTable } from "@fairlead/core";
import { plainText } from "./plain-text.js";

/** Where a command writes: data to stdout, words for people to stderr. */
export interface Terminal {
  /** Prints a line of data. */
  print(line: string): void;
  /** Prints a value as JSON, pretty on a terminal and on one line in a pipe. */
  printJson(value: unknown): void;
  /** Prints a line for people. */
  tell(line: string): void;
  /** Prints a failure: one sentence, or one line of JSON. @returns the exit code of its kind */
  fail(error: FairleadError, asJson: boolean): number;
}

/** Makes the terminal of this process. */
export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  // A reader that goes away (`| head`) ends the output, not the program with a stack trace.
  stdout.on("error", ignoreBrokenPipe);
  stderr.on("error", ignoreBrokenPipe);
  return {
    print: (line) => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)}\n`),
    tell: (line) => void stderr.write(`${plainText(line)}\n`),
    fail(error, asJson) {
      stderr.write(asJson ? `${JSON.stringify({ error })}\n` : `fairlead: ${plainText(error.message)}\n`);
      return errorTable[error.code].exit;
    },
  };
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
