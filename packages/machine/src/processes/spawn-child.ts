import { type ChildProcess, spawn } from "node:child_process";
import { FairleadError, isFairleadError } from "@fairlead/core";
import { withUsersUmask } from "../hardening/users-umask.js";
import { type StdioEntry, withoutMasters } from "../pty/open-masters.js";
import type { Child } from "./child.js";
import { startPatiently } from "./start-patiently.js";
import { createStdinWriter } from "./stdin-writer.js";

/** What the kernel is asked to start. Everything is resolved: nothing is searched or added any more. */
export interface SpawnRequest {
  /** Absolute, in this machine's spelling. */
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the arguments are joined by spaces just as they are. Counts on Windows alone. @default false */
  readonly verbatimArguments?: boolean | undefined;
  /** An existing folder, absolute. */
  readonly cwd: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the call that forks. @default it is simply called */
  readonly enclose?: (<T>(fork: () => T) => T) | undefined;
  /** Called in the turn of the fork, before anything of the child is waited for. */
  readonly onSpawned?: ((root: SpawnedRoot) => void) | undefined;
}

/** A child that was forked a moment ago; whether it becomes the program may still be open. */
export interface SpawnedRoot {
  readonly pid: number;
  /** Whether we have been told of its end. */
  hasExited(): boolean;
}

/** How it is started. */
export interface SpawnMeans {
  readonly stdio: readonly StdioEntry[];
  /** Whether it leads a group and a session of its own from the start. */
  readonly leads: boolean;
  /** A program and its first arguments that become the wanted one. */
  readonly through?: readonly [program: string, ...args: string[]] | undefined;
}

/**
 * Starts a child with three pipes, leading a group and a session of its own so that its tree can be told from ours.
 * @throws FairleadError reason `program_not_executable`, `cwd_missing`, `spawn_failed` or `limit_reached`
 */
export async function spawnChild(request: SpawnRequest): Promise<Child> {
  const child = await spawnProcess(request, {
    stdio: ["pipe", "pipe", "pipe"],
    // On Windows it would open a console window, and there are no groups to lead.
    leads: process.platform !== "win32",
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) {
    throw spawnError(new Error("Node made no pipes"), request);
  }
  return {
    pid: child.pid,
    stdin: createStdinWriter(stdin, request.program),
    outputs: { stdout, stderr },
    // `exit`, not `close`: a grandchild may hold the pipes for ever.
    onExit: (listener) => void child.once("exit", listener),
    resize: undefined,
  };
}

/**
 * Starts a process and waits until it has a pid; once more, after a pause, where somebody had its program open.
 * @throws FairleadError as {@link spawnChild} does
 */
export async function spawnProcess(
  request: SpawnRequest,
  means: SpawnMeans,
): Promise<ChildProcess & { readonly pid: number }> {
  return startPatiently(() => spawnNow(request, means));
}

/** Listens to the child in the turn of the fork: Node tells a failure in an event that comes before promises go on. */
async function spawnNow(
  request: SpawnRequest,
  means: SpawnMeans,
): Promise<ChildProcess & { readonly pid: number }> {
  const child = trySpawn(request, means);
  // A pid is there at once or never; without one Node tells the cause in an event.
  if (child.pid === undefined) {
    throw await new Promise<FairleadError>((resolve) => {
      child.once("error", (cause) => resolve(spawnError(cause, request)));
    });
  }
  request.onSpawned?.({
    pid: child.pid,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
  });
  return Object.assign(child, { pid: child.pid });
}

function trySpawn(request: SpawnRequest, { stdio, leads, through }: SpawnMeans): ChildProcess {
  const [file, ...args] = [...(through ?? []), request.program, ...request.args];
  const fork = (): ChildProcess =>
    withoutMasters(stdio, (covered) =>
      withUsersUmask(() =>
        spawn(file ?? request.program, args, {
          cwd: request.cwd,
          env: request.env,
          stdio: covered,
          detached: leads,
          windowsHide: true,
          windowsVerbatimArguments: request.verbatimArguments === true,
        }),
      ),
    );
  try {
    return request.enclose === undefined ? fork() : request.enclose(fork);
  } catch (cause) {
    throw isFairleadError(cause) ? cause : spawnError(cause, request);
  }
}

/** What whoever wanted a program is told of it. @param cause of the system, with its `code` */
export function spawnError(cause: unknown, { program, cwd }: SpawnRequest): FairleadError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const base = { cause, effect: "none", details: { program, errno: code } } as const;
  switch (code) {
    case "ENOENT":
      // Program and folder were there a moment ago, so it is what the first line of the script names.
      return new FairleadError(
        "not_found",
        `The program ${program} cannot be run: its interpreter is missing, or it or ${cwd} vanished. Check its first line`,
        { ...base, reason: "program_not_executable" },
      );
    case "EACCES":
    case "EPERM":
    case "ENOEXEC":
    case "UNKNOWN":
      return new FairleadError(
        "not_found",
        `The program ${program} cannot be run (${code}). Check its permissions and that it is made for this machine`,
        { ...base, reason: "program_not_executable" },
      );
    case "EBUSY":
    case "ETXTBSY":
      return new FairleadError(
        "unavailable",
        `The program ${program} could not be started (${code}): something has its file open. Try again when that is done`,
        { ...base, reason: "spawn_failed" },
      );
    case "ENOTDIR":
      return new FairleadError("not_found", `The working directory ${cwd} is gone. Create it`, {
        ...base,
        reason: "cwd_missing",
      });
    case "E2BIG":
    // Windows, for a command line of more than 32,767 characters.
    case "ENAMETOOLONG":
      return new FairleadError(
        "resource_exhausted",
        `The arguments and environment of ${program} are more than this system takes. Pass large values in a file`,
        { ...base, reason: "limit_reached" },
      );
    default:
      return new FairleadError(
        "unavailable",
        `The program ${program} could not be started (${code}). Free processes, files or memory on the machine and try again`,
        { ...base, reason: "spawn_failed" },
      );
  }
}
