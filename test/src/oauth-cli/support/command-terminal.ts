import { createLocalLauncher } from "@fairlead/machine";
import { binaryCommand } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** A command in a real terminal, as a person has it. Disposing ends it. */
export interface CommandTerminal extends AsyncDisposable {
  /** Everything that was shown so far, stdout and stderr as they came. */
  shown(): string;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** Presses Ctrl-C. */
  interrupt(): Promise<void>;
  /** Its exit code, once all that it said was shown. */
  readonly ended: Promise<number | null>;
}

/** Starts `fairlead` in a terminal of its own. */
export async function openCommandTerminal(
  scene: Scene,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandTerminal> {
  const chunks: Uint8Array[] = [];
  const shown = (): string => Buffer.concat(chunks).toString();
  const [program = "", ...before] = binaryCommand("fairlead");
  const process = await createLocalLauncher().launch(
    {
      program,
      args: [...before, ...args],
      env: { set: { ...scene.env, TERM: "xterm", ...env } },
      // Wide, so that no program breaks the address of a page.
      stdio: { mode: "pty", columns: 2_000, rows: 24 },
    },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        process.consumed(name, chunk.length);
      },
    },
  );
  return {
    shown,
    type: (line) => process.write(Buffer.from(`${line}\r`)),
    interrupt: () => process.write(Buffer.from("\u0003")),
    ended: process.closed.then(({ code }) => code),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
