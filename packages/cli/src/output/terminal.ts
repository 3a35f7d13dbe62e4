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
  /**
   * Prints a failure: one sentence and the last words of the server that it is about, or one line of JSON.
   * @returns the exit code of its kind
   */
  fail(error: FairleadError, asJson: boolean): number;
}

/** How writing fails where nobody reads any more; a closed terminal window fails with EIO. */
const gone: ReadonlySet<string> = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/** Makes the terminal of this process. */
export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  // A reader that goes away (`| head`) ends the output, not the program with a stack trace.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (gone.has(error.code ?? "")) return;
    stderr.write(`fairlead: the output cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
  // There is nobody left to tell it to.
  stderr.on("error", () => {});
  return {
    print: (line) => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)}\n`),
    tell: (line) => void stderr.write(`${plainText(line)}\n`),
    fail(error, asJson) {
      if (asJson) stderr.write(`${JSON.stringify({ error })}\n`);
      else for (const line of [`fairlead: ${error.message}`, ...lastWords(error)]) this.tell(line);
      return errorTable[error.code].exit;
    },
  };
}

/** What a server said before it was lost, marked as `fairlead serve` marks it, so that it is not taken for ours. */
export function lastWords({ details }: FairleadError): readonly string[] {
  const { server = "server", stderrTail = "" } = details;
  const lines = String(stderrTail).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => `[${server}] ${line.replace(/\r+$/, "")}`);
}
