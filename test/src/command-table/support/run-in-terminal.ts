import { settlesWithinMs } from "@fairlead/core";
import { createLocalLauncher } from "@fairlead/machine";

/** What a program showed in a terminal, and how it ended. */
export interface TerminalRun {
  /** Every byte, as text. */
  readonly shown: string;
  readonly code: number | null;
}

/** How a program is run in a terminal. */
export interface TerminalRunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  /** Typed as soon as it runs. @default nothing */
  readonly keys?: string | undefined;
}

const patienceMs = 30_000;

/** Runs a program in a pseudo terminal to its end. @throws Error, with what was shown, where it does not end */
export async function runInTerminal(
  [program = "", ...args]: readonly string[],
  { env, columns, keys }: TerminalRunOptions,
): Promise<TerminalRun> {
  const chunks: Uint8Array[] = [];
  const shown = (): string => Buffer.concat(chunks).toString();
  await using child = await createLocalLauncher().launch(
    {
      program,
      args,
      env: { set: { TERM: "xterm-256color", ...env } },
      stdio: { mode: "pty", columns, rows: 40 },
      stopTimes: { stdinGraceMs: 0, termGraceMs: 100 },
    },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        child.consumed(name, chunk.length);
      },
    },
  );
  if (keys !== undefined) await child.write(Buffer.from(keys));
  if (!(await settlesWithinMs(child.closed, patienceMs))) {
    throw new Error(`${[program, ...args].join(" ")} did not end. It showed ${JSON.stringify(shown())}`);
  }
  return { shown: shown(), code: (await child.closed).code };
}
