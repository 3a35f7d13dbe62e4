import { appendFileSync, renameSync, statSync } from "node:fs";
import { plainText } from "../output/plain-text.js";
import { lastWords, type Terminal } from "../output/terminal.js";

/** The flag of `serve` that a service gives which nobody else keeps the output of. */
export const logFlag = "--log-file";

/** One file of that size and one of before; enough for months of an executor's few lines. */
const defaultLimitBytes = 1024 * 1024;

/** The file that a command line names for its output; undefined where it names none. */
export function namedLog(argv: readonly string[]): string | undefined {
  const at = argv.indexOf(logFlag);
  const glued = argv.find((word) => word.startsWith(`${logFlag}=`));
  return at < 0 ? glued?.slice(logFlag.length + 1) : argv[at + 1];
}

/**
 * A terminal that also writes every line to a file, with its time and without control characters. Once that is as large as
 * the limit it becomes `….1`, and what had that name is gone; while Windows refuses that, because somebody reads the file, it
 * grows. That a line cannot be written is no reason not to run.
 * @param limitBytes @default 1 MiB
 */
export function withLog(terminal: Terminal, file: string, limitBytes = defaultLimitBytes): Terminal {
  const keep = (line: string): void => {
    try {
      moveFull(file, limitBytes);
      appendFileSync(file, `${new Date().toISOString()} ${plainText(line)}\n`, { mode: 0o600 });
    } catch (cause) {
      terminal.tell(`fairlead-executor: ${file} cannot be written: ${String(cause)}`);
    }
  };
  return {
    ...terminal,
    print: (line) => {
      keep(line);
      terminal.print(line);
    },
    printPainted: (line) => {
      keep(line);
      terminal.printPainted(line);
    },
    tell: (line) => {
      keep(line);
      terminal.tell(line);
    },
    fail: (error, asJson) => {
      for (const line of [`fairlead: ${error.message}`, ...lastWords(error)]) keep(line);
      return terminal.fail(error, asJson);
    },
  };
}

function moveFull(file: string, limitBytes: number): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < limitBytes) return;
  try {
    renameSync(file, `${file}.1`);
  } catch (cause) {
    // The next line tries again.
    if (!(cause instanceof Error && "code" in cause)) throw cause;
  }
}
