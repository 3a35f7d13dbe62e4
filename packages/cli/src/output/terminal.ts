import type { FairleadError } from "@fairlead/core";
import { errorTable } from "@fairlead/core";
import { outputLossOf } from "./output-watch.js";
import { createPaint, type Paint } from "./paint.js";
import { plainText } from "./plain-text.js";
import { createStatusLine, type Progress } from "./status-line.js";

/** Where a command writes: data to stdout, words for people to stderr. */
export interface Terminal {
  /** Prints a line of data. Control characters are replaced: it may be a text of somebody else. */
  print(line: string): void;
  /** Prints a line as it is: one that has our own colours, and that is safe without them. */
  printPainted(line: string): void;
  /** Prints a value as JSON, pretty on a terminal and on one line in a pipe. */
  printJson(value: unknown): void;
  /** Prints a line for people. */
  tell(line: string): void;
  /**
   * Tells people what is amiss and ends nothing. For whoever asked for JSON it waits until something else is printed: a
   * failure is one line, and has it among its `warnings`.
   */
  warn(text: string, asJson: boolean): void;
  /** Tells the warnings that still wait. */
  flush(): void;
  /**
   * Prints a failure: one sentence and the last words of the server that it is about, or one line of JSON.
   * @returns the exit code of its kind
   */
  fail(error: FairleadError, asJson: boolean): number;
  /** Shows what is going on while it takes long, on a terminal only. Dispose of it when it is over. */
  progress(text: string): Progress;
  /** The colours of stdout, for what is printed. */
  readonly paint: Paint;
}

/** Makes the terminal of this process. @param env decides over colours. @default none are used */
export function createTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>> = { FORCE_COLOR: "0" },
): Terminal {
  let isLossTold = false;
  // A reader that goes away (`| head`) ends the output, not the program with a stack trace.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Each further chunk fails as the first one did.
    if (isLossTold || outputLossOf(stdout, error) === "reader_gone") return;
    isLossTold = true;
    stderr.write(`fairlead: the output cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
  // There is nobody left to tell it to.
  stderr.on("error", () => {});
  const status = createStatusLine({
    stream: stderr,
    isLive: stderr.isTTY && env["TERM"] !== "dumb",
  });
  const write = (stream: NodeJS.WriteStream, line: string): void => {
    status.hide();
    stream.write(`${line}\n`);
  };
  const waiting: string[] = [];
  const flush = (): void => {
    for (const text of waiting.splice(0)) write(stderr, plainText(`fairlead: ${text}`));
  };
  const print = (line: string): void => {
    flush();
    write(stdout, line);
  };
  const tell = (line: string): void => {
    flush();
    write(stderr, plainText(line));
  };
  const { bad } = createPaint({ isTerminal: stderr.isTTY, env });
  return {
    print: (line) => print(plainText(line)),
    printPainted: print,
    printJson: (value) => print(JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)),
    tell,
    warn(text, asJson) {
      if (asJson) waiting.push(text);
      else tell(`fairlead: ${text}`);
    },
    flush,
    fail(error, asJson) {
      if (asJson) {
        const warnings = waiting.splice(0);
        write(stderr, JSON.stringify({ error, ...(warnings.length === 0 ? {} : { warnings }) }));
      } else {
        flush();
        write(stderr, `${bad("fairlead:")} ${plainText(error.message)}`);
        for (const line of lastWords(error)) tell(line);
      }
      return errorTable[error.code].exit;
    },
    progress: (text) => status.start(text),
    paint: createPaint({ isTerminal: stdout.isTTY, env }),
  };
}

/** The same terminal, without a word for people: for what is told elsewhere already. */
export function withoutWords(terminal: Terminal): Terminal {
  return { ...terminal, tell: () => {}, warn: () => {} };
}

/** What a server said before it was lost, marked as `fairlead serve` marks it, so that it is not taken for ours. */
export function lastWords({ details }: FairleadError): readonly string[] {
  const { server = "server", stderrTail = "" } = details;
  const lines = String(stderrTail).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => `[${server}] ${line.replace(/\r+$/, "")}`);
}
