import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createId } from "@fairlead/core";

/** How a program of a Wine machine is started. */
export interface WineProgramOptions {
  /** The whole environment, as Linux programs have it. */
  readonly env: Readonly<Record<string, string>>;
  /** An existing Linux folder, in the prefix; also where its outputs are kept. */
  readonly cwd: string;
}

/** How it ended; by a signal of ours there is no code. */
export interface WineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running Windows program. */
export interface WineProgram {
  /** Of the Linux process that the program is. */
  readonly pid: number;
  readonly exited: Promise<WineExit>;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** SIGINT is Ctrl-C to it; SIGTERM ends it at once. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a Windows program. Its outputs are files, and its input is empty: a pipe of Linux is one that Node cannot open there.
 * The machine that it runs on owns it.
 */
export function startWineProgram(
  argv: readonly [string, ...string[]],
  options: WineProgramOptions,
): WineProgram {
  const base = join(options.cwd, createId("out"));
  const files = { stdout: `${base}.stdout`, stderr: `${base}.stderr` };
  const child = spawnWithFiles(argv, options, files);
  // Without a pid it was not started; the cause of that would else end the test's process.
  child.on("error", () => undefined);
  if (child.pid === undefined) throw new Error(`Wine could not be started for ${argv.join(" ")}`);
  return {
    pid: child.pid,
    exited: new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    }),
    stdout: () => readFileSync(files.stdout, "utf8"),
    stderr: () => readFileSync(files.stderr, "utf8"),
    kill: (signal) => void child.kill(signal),
  };
}

function spawnWithFiles(
  [program, ...args]: readonly [string, ...string[]],
  { env, cwd }: WineProgramOptions,
  files: { readonly stdout: string; readonly stderr: string },
): ChildProcess {
  const outputs = [openSync(files.stdout, "w"), openSync(files.stderr, "w")];
  try {
    return spawn(program, args, { env, cwd, stdio: ["ignore", ...outputs], detached: true });
  } finally {
    for (const output of outputs) closeSync(output);
  }
}

/**
 * Runs `wineserver`, which may leave a server behind that goes on.
 * @returns its exit code
 */
export async function runWineServer(
  args: readonly string[],
  { env, cwd }: WineProgramOptions,
): Promise<number> {
  const child = spawn("wineserver", args, { env, cwd, stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? -1;
}
