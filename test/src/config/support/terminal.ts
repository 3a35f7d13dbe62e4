import { createLocalLauncher } from "@fairlead/machine";
import { binaryCommand, waitUntil } from "@fairlead/testkit";
import type { ProjectScene } from "./project.js";

/** A person's terminal in which one command runs. */
export interface PersonsTerminal extends AsyncDisposable {
  type(keys: string): Promise<void>;
  shown(): string;
  shows(text: string): Promise<void>;
  /** Settles with how the command ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Runs `fairlead` in a terminal, in the scene's repository. */
export async function openPersonsTerminal(
  scene: ProjectScene,
  args: readonly string[],
): Promise<PersonsTerminal> {
  const [program = "", ...own] = binaryCommand("fairlead");
  const chunks: Uint8Array[] = [];
  const shown = (): string => Buffer.concat(chunks).toString().replaceAll("\r\n", "\n");
  const child = await createLocalLauncher().launch(
    {
      program,
      args: [...own, ...args],
      cwd: `file://${scene.root}`,
      env: { set: { ...scene.env, TERM: "xterm" } },
      stdio: { mode: "pty", columns: 80, rows: 24 },
      stopTimes: { stdinGraceMs: 0, termGraceMs: 100 },
    },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        child.consumed(name, chunk.length);
      },
    },
  );
  return {
    type: (keys) => child.write(Buffer.from(keys)),
    shown,
    shows: async (text) => {
      const isShown = (): boolean => shown().replaceAll("\n", "").includes(text);
      await waitUntil(isShown, { withinMs: 15_000, what: () => `${text} in ${shown()}` });
    },
    ended: child.closed.then(({ code, signal }) => ({ code, signal })),
    [Symbol.asyncDispose]: async () => {
      await child.stop();
    },
  };
}
