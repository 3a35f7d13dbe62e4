import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { FairleadError } from "@fairlead/core";
import { hasErrorCode } from "../error-code.js";

/** A child that leads its own process group, so that it can be ended together with everything it started. */
export interface GroupLeader {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Sends a signal to every process of the group; a group that is gone is no error. */
  kill(signal: NodeJS.Signals): void;
  /** Says that the group needs no more care. Without it the group is killed when this process exits. */
  release(): void;
}

const living = new Set<GroupLeader>();
let hooked = false;

/**
 * Starts a program as the leader of a new process group, with three pipes.
 * @throws FairleadError `not_found` or `internal`, reason `program_not_found` or `spawn_failed`
 */
export async function spawnGroup(argv: readonly string[], options: SpawnOptions): Promise<GroupLeader> {
  const [program, ...args] = argv;
  if (program === undefined) throw new FairleadError("usage", "argv is empty; it needs a program first");
  const child = spawn(program, args, {
    ...options,
    stdio: "pipe",
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  await spawned(child, program);
  const { pid } = child;
  if (pid === undefined) throw spawnError(program, undefined);
  const leader: GroupLeader = {
    child,
    pid,
    kill: (signal) => killGroup(child, pid, signal),
    release: () => living.delete(leader),
  };
  living.add(leader);
  hookExit();
  return leader;
}

function spawned(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    // Stays attached: a later failure to signal the child must not become an uncaught exception.
    child.on("error", (cause) => reject(spawnError(program, cause)));
  });
}

function spawnError(program: string, cause: unknown): FairleadError {
  const absent = hasErrorCode(cause, "ENOENT");
  return new FairleadError(
    absent ? "not_found" : "internal",
    `Could not start ${program}${absent ? ": it, or the working directory, does not exist" : ""}`,
    { cause, reason: absent ? "program_not_found" : "spawn_failed", effect: "none" },
  );
}

function killGroup(child: ChildProcess, pid: number, signal: NodeJS.Signals): void {
  if (process.platform === "win32") {
    if (signal === "SIGKILL") spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"]);
    else child.kill(signal);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasErrorCode(error, "ESRCH")) throw error;
  }
}

/** A suite that is interrupted must not leave its children behind. */
function hookExit(): void {
  if (hooked) return;
  hooked = true;
  process.once("exit", killLiving);
  // A test runner ends its workers with SIGTERM, and a process that a signal ends tells no "exit".
  process.once("SIGTERM", () => {
    killLiving();
    if (process.listenerCount("SIGTERM") === 0) process.kill(process.pid, "SIGTERM");
  });
}

function killLiving(): void {
  for (const leader of living) leader.kill("SIGKILL");
}
