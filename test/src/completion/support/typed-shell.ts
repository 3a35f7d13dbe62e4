import { toPathUri } from "@fairlead/core";
import { createLocalLauncher } from "@fairlead/machine";
import { waitUntil } from "@fairlead/testkit";
import type { CompletionHome } from "./completion-home.js";

/** A shell in a terminal, with somebody at its keys. */
export interface TypedShell extends AsyncDisposable {
  /** Types a line with tabs in it, ends it, and gives what `fairlead` was called with: `<get><files>`. */
  calls(keys: string): Promise<string>;
  /** Types keys and waits until something is shown. The line stays as it is, so that nothing else can be typed. */
  offers(keys: string, expected: readonly string[]): Promise<void>;
}

/** How a shell is started, and how it learns to complete. */
export interface ShellKind {
  readonly name: string;
  readonly argv: readonly string[];
  /** Lines that are typed before anything else. */
  readonly setUp: readonly string[];
}

/** The shells that a person types in, and a machine may lack. */
export const typedShells: readonly ShellKind[] = [
  {
    name: "bash",
    argv: ["bash", "--norc", "--noprofile", "-i"],
    setUp: ["source <(fairlead completion bash)"],
  },
  {
    name: "zsh",
    argv: ["zsh", "-f", "-i"],
    setUp: ["autoload -Uz compinit && compinit -u -D", "source <(fairlead completion zsh)"],
  },
  { name: "fish", argv: ["fish", "--no-config", "-i"], setUp: ["fairlead completion fish | source"] },
];

const patienceMs = 20_000;

/** Opens one, ready to complete. */
export async function openTypedShell(kind: ShellKind, scene: CompletionHome): Promise<TypedShell> {
  const chunks: Uint8Array[] = [];
  const shown = (): string => Buffer.concat(chunks).toString();
  const [program = "", ...args] = kind.argv;
  const shell = await createLocalLauncher().launch(
    {
      program,
      args,
      cwd: toPathUri(scene.folder, "posix"),
      env: { set: { ...scene.env, TERM: "xterm", PS1: "% ", HISTFILE: "" } },
      stdio: { mode: "pty", columns: 200, rows: 50 },
      stopTimes: { stdinGraceMs: 0, termGraceMs: 100 },
    },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        shell.consumed(name, chunk.length);
      },
    },
  );
  const type = (keys: string): Promise<void> => shell.write(Buffer.from(keys));
  const shows = async (pattern: RegExp, from: number): Promise<RegExpExecArray> =>
    waitUntil(() => pattern.exec(shown().slice(from)) ?? undefined, {
      withinMs: patienceMs,
      what: () => `${String(pattern)} in ${JSON.stringify(shown().slice(from))}`,
    });
  // The marks are put together by the shell, so that what is typed is not taken for them.
  for (const [index, line] of kind.setUp.entries()) {
    await type(`${line}; echo "set""up-${index}"\r`);
    await shows(new RegExp(`setup-${index}\\s`), 0);
  }
  return {
    calls: async (keys) => {
      const from = shown().length;
      await type(`${keys}\r`);
      const [call] = await shows(/^(?:<[^>\n]*>)+(?=\r?$)/m, from);
      return call;
    },
    offers: async (keys, expected) => {
      const from = shown().length;
      await type(keys);
      for (const name of expected) await shows(new RegExp(name), from);
    },
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
  };
}
