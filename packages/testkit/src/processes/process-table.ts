import { existsSync, readdirSync, readFileSync } from "node:fs";
import { FairleadError } from "@fairlead/core";
import { hasErrorCode } from "../error-code.js";

/** One living process as the kernel tells it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  /** One letter: R running, S sleeping, D in the kernel, T stopped. Never Z. */
  readonly state: string;
  /** In clock ticks since boot; together with the pid it names one process for ever. */
  readonly startTime: number;
  readonly cmdline: readonly string[];
  /** `NAME=value` entries as they were at the start; undefined where we may not read them. May hold secrets. */
  readonly environ?: readonly string[] | undefined;
}

/** Tells whether processes can be counted on this system; suites that need it skip elsewhere. */
export function canCountProcesses(): boolean {
  return process.platform === "linux" && existsSync("/proc/self/stat");
}

/**
 * All living processes of this system for which the predicate holds. Zombies, which are only waiting to be reaped, do
 * not count.
 * @throws FairleadError `unavailable`, reason `feature_missing`, where there is no Linux /proc
 */
export function processesMatching(predicate: (info: ProcessInfo) => boolean): readonly ProcessInfo[] {
  requireProc();
  const found: ProcessInfo[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const info = readProcess(Number(name));
    if (info !== undefined && predicate(info)) found.push(info);
  }
  return found;
}

/**
 * How many files, pipes and sockets a process has open.
 * @throws FairleadError `unavailable` where there is no Linux /proc, `not_found` if the process is gone
 */
export function openFileCount(pid: number): number {
  requireProc();
  try {
    const count = readdirSync(`/proc/${pid}/fd`).length;
    // Our own listing is itself an open file while it is made.
    return pid === process.pid ? count - 1 : count;
  } catch (cause) {
    if (!hasErrorCode(cause, "ENOENT", "ESRCH")) throw cause;
    throw new FairleadError("not_found", `Process ${pid} is gone; its open files cannot be counted`, {
      cause,
      reason: "process_unknown",
      effect: "none",
    });
  }
}

function requireProc(): void {
  if (canCountProcesses()) return;
  throw new FairleadError(
    "unavailable",
    `Counting processes is unsupported on ${process.platform}: it needs Linux's /proc. Skip this suite.`,
    { reason: "feature_missing", effect: "none" },
  );
}

function readProcess(pid: number): ProcessInfo | undefined {
  const stat = readEntry(pid, "stat");
  if (stat === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses itself, so what follows is counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", ppid = ""] = fields;
  if (state === "Z" || state === "X") return undefined;
  const cmdline = readEntry(pid, "cmdline");
  if (cmdline === undefined) return undefined;
  const environ = readEntry(pid, "environ");
  return {
    pid,
    ppid: Number(ppid),
    state,
    startTime: Number(fields[19]),
    cmdline: splitAtNul(cmdline),
    environ: environ === undefined ? undefined : splitAtNul(environ),
  };
}

function readEntry(pid: number, entry: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${entry}`, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

function splitAtNul(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
