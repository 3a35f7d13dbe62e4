import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, named exactly enough that no later one is taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's ticks; empty where the system does not tell. */
  readonly startedAt: string;
  /** Changes with every boot; empty where the system does not tell. */
  readonly bootId: string;
  /** Names the container's own numbering of processes; empty where there is none. */
  readonly pidNamespace: string;
  readonly host: string;
}

/** What can be said of a process. Only `dead` is a proof; `unknown`: it lives elsewhere, or nobody here can tell. */
export type ProcessState = "alive" | "dead" | "unknown";

/** Names this process. */
export async function readOwnIdentity(): Promise<ProcessIdentity> {
  const [stat, bootId, pidNamespace] = await Promise.all([
    readStat("self"),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
      (text) => text.trim(),
      () => "",
    ),
    readlink("/proc/self/ns/pid").catch(() => ""),
  ]);
  return { pid: process.pid, startedAt: stat?.startedAt ?? "", bootId, pidNamespace, host: hostname() };
}

/** Looks whether a process that was named on this machine, or on another that shares our files, still runs. */
export async function judgeProcess(named: ProcessIdentity, here: ProcessIdentity): Promise<ProcessState> {
  // Another boot may be a former one of this machine, or a machine or container that lives: names prove nothing.
  if (named.bootId !== here.bootId) return "unknown";
  if (named.bootId === "" && named.host !== here.host) return "unknown";
  if (named.pidNamespace !== here.pidNamespace) return "unknown";
  const stat = await readStat(named.pid);
  // Some systems hide the processes of other users, so that nothing there is no proof.
  if (stat === undefined) return isGone(named.pid) ? "dead" : "unknown";
  if (named.startedAt !== "" && named.startedAt !== stat.startedAt) return "dead";
  return stat.isOver ? "dead" : "alive";
}

interface ProcessStat {
  readonly startedAt: string;
  /** Ended, but not yet noticed by its parent. */
  readonly isOver: boolean;
}

async function readStat(pid: number | "self"): Promise<ProcessStat | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (line === undefined) return undefined;
  // Numbers as in proc_pid_stat(5), where the state, after the name in parentheses, is field 3.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state = "", threads = "", startedAt = ""] = [fields[0], fields[17], fields[19]];
  // A process whose first thread ended shows Z while its other threads run.
  return { startedAt, isOver: /^[Xx]$/.test(state) || (state === "Z" && Number(threads) <= 1) };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}
