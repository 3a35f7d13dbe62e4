import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { FairleadError } from "@fairlead/core";
import type { Child } from "../processes/child.js";
import { type SpawnRequest, spawnProcess } from "../processes/spawn-child.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { createExitMemory } from "./exit-memory.js";
import { tryRead } from "./master-stream.js";
import type { PtyLibrary } from "./pty-library.js";
import { createTerminal } from "./terminal.js";
import type { TerminalSize } from "./terminal-size.js";

/** It leads a new session, makes its stdin the terminal of that, and becomes the program that it is given. */
const starterName = "setsid";
/** What it exits with if the program cannot be run, as shells do. */
const starterFailures: readonly (number | null)[] = [126, 127];
/** How long a busy machine may take to become the program; after that the launch goes on without knowing. */
const startPatienceMs = 5_000;
const startPollMs = { first: 0.5, most: 10 };

let starter: Promise<string | undefined> | undefined;

/** The path of the program that starts sessions; util-linux and BusyBox have it, so nearly every Linux does. */
export function findSessionStarter(): Promise<string | undefined> {
  starter ??= lookForStarter();
  return starter;
}

async function lookForStarter(): Promise<string | undefined> {
  // The macOS program of this name, where there is one, knows no `-c`.
  if (process.platform !== "linux") return undefined;
  const env = { PATH: `/usr/bin:/bin:${process.env["PATH"] ?? ""}` };
  return resolveProgram(starterName, { env, cwd: "/" }).catch(() => undefined);
}

/**
 * Starts a child in a terminal by way of our own spawn: so it inherits nothing, its failure to start is told, and no thread
 * waits for its end.
 */
export async function spawnInSession(
  request: SpawnRequest,
  size: TerminalSize,
  means: { readonly starter: string; readonly library: PtyLibrary },
): Promise<Child> {
  const pair = means.library.open(size.columns, size.rows);
  const terminal = createTerminal(pair.master, means.library, request.program);
  const { stdout } = terminal.outputs;
  const exit = createExitMemory();
  try {
    const pid = await onSlave(pair, async (slave) => {
      const child = await spawnProcess(request, {
        stdio: [slave, slave, slave],
        leads: false,
        through: [means.starter, "-c"],
      });
      child.once("exit", (code, signal) => exit.ended({ code, signal }));
      return child.pid;
    });
    await started(pid, [means.starter, "-c", request.program], () => exit.known() !== undefined);
    if (starterFailures.includes(exit.known()?.code ?? 0)) {
      const waiting = tryRead(pair.master);
      if (waiting.toString().startsWith(`${starterName}: `)) throw notStarted(request, waiting.toString());
      stdout.unshift(waiting);
    }
    exit.listen(() => terminal.childEnded());
    return { ...terminal, pid, onExit: exit.listen };
  } catch (error) {
    terminal.childEnded();
    stdout.destroy();
    throw error;
  }
}

/** Does something with the program's end of a pair, opened so that it blocks and no other child gets it. */
async function onSlave<Result>(
  pair: { readonly slave: number; readonly pty: string },
  act: (slave: number) => Promise<Result>,
): Promise<Result> {
  let slave: number;
  try {
    slave = openSync(pair.pty, constants.O_RDWR | constants.O_NOCTTY);
  } finally {
    closeSync(pair.slave);
  }
  try {
    return await act(slave);
  } finally {
    // While we had it open, the terminal would never end.
    closeSync(slave);
  }
}

/** Waits until the starter has become the program, or has ended. */
async function started(
  pid: number,
  starterCommand: readonly string[],
  hasExited: () => boolean,
): Promise<void> {
  const before = starterCommand.map((argument) => `${argument}\0`).join("");
  const giveUpAt = performance.now() + startPatienceMs;
  let pauseMs = startPollMs.first;
  while (!hasExited() && performance.now() < giveUpAt) {
    const command = readCommand(pid);
    // Empty: it has ended, and we learn how in a moment.
    if (command !== "" && !command.startsWith(before)) return;
    await delay(pauseMs);
    pauseMs = Math.min(startPollMs.most, pauseMs * 1.5);
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function notStarted({ program }: SpawnRequest, starterText: string): FairleadError {
  const cause = new Error(starterText.trim());
  return new FairleadError(
    "not_found",
    `The program ${program} cannot be run. Check that the interpreter in its first line exists and that it is made for this machine`,
    { cause, reason: "program_not_executable", effect: "none", details: { program } },
  );
}
