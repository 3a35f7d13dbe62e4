import { readlinkSync } from "node:fs";
import { createLocalLauncher } from "@fairlead/machine";
import { type ProcessInfo, processesWithMarker, runCommand, waitUntil } from "@fairlead/testkit";
import {
  createTestHome,
  type TestHome,
  type TestHomeOptions,
} from "../../servers/support/create-test-home.js";

/** A real terminal with a shell in it that runs `fairlead`, as a person has it. */
export interface OuterTerminal extends AsyncDisposable {
  readonly home: TestHome;
  /** The shell, which leads the terminal's session. */
  readonly shellPid: number;
  type(keys: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Everything that was shown so far. */
  shown(): string;
  shows(text: string): Promise<void>;
  /** The terminal's settings, in words as `stty -a` has them. */
  settings(): Promise<readonly string[]>;
  /** The processes of this terminal, by what their command lines say. */
  running(words: string): readonly ProcessInfo[];
  /** Waits until the shell has told how `fairlead` ended. */
  outcome(): Promise<Outcome>;
}

/** How `fairlead` ended in the eyes of the shell. */
export interface Outcome {
  readonly code: number;
  /** Whether the settings of the terminal are to the last bit those from before. */
  readonly restored: boolean;
}

const size = { columns: 100, rows: 30 };
const patienceMs = 15_000;

/** Opens one. @param command what `fairlead run --pty` gets: flags, `--`, the program and its arguments */
export function openOuterTerminal(command: readonly string[]): Promise<OuterTerminal> {
  return openTerminalFor(["run", "--pty", ...command]);
}

/** Opens one for any other command of `fairlead`. @param options what its home has */
export async function openTerminalFor(
  words: readonly string[],
  options: TestHomeOptions = {},
): Promise<OuterTerminal> {
  const home = await createTestHome(options);
  const chunks: Uint8Array[] = [];
  const shown = (): string => Buffer.concat(chunks).toString();
  const script = 'echo "before:$(stty -g)"; "$@"; code=$?; echo "after:$(stty -g):$code;"';
  const shell = await createLocalLauncher().launch(
    {
      program: "/bin/sh",
      args: ["-c", script, "sh", ...home.command(...words)],
      env: { set: { ...home.env, TERM: "xterm" } },
      stdio: { mode: "pty", ...size },
      stopTimes: { stdinGraceMs: 0, termGraceMs: 100 },
    },
    {
      onOutput: (name, chunk) => {
        chunks.push(chunk);
        shell.consumed(name, chunk.length);
      },
    },
  );
  const device = readlinkSync(`/proc/${shell.pid}/fd/0`);
  return {
    home,
    shellPid: shell.pid,
    type: (keys) => shell.write(Buffer.from(keys)),
    resize: (columns, rows) => shell.resize(columns, rows),
    shown,
    shows: async (text) => {
      const what = (): string => `${JSON.stringify(text)} in ${JSON.stringify(shown())}`;
      await waitUntil(() => shown().includes(text), { withinMs: patienceMs, what });
    },
    settings: async () => {
      const { stdout } = await runCommand(["stty", "-F", device, "-a"]);
      return stdout.split(/\s+/);
    },
    running: (words) =>
      processesWithMarker(home.marker).filter(({ cmdline }) => cmdline.join(" ").includes(words)),
    outcome: async () => {
      const [, before, after, code] = await waitUntil(
        () => /before:(\S+)[^]*after:(\S+?):(\d+);/.exec(shown()),
        { withinMs: patienceMs, what: () => `The end of fairlead in ${JSON.stringify(shown())}` },
      );
      return { code: Number(code), restored: before === after };
    },
    [Symbol.asyncDispose]: async () => {
      await shell[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
