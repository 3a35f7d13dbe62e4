import { treeCookieName } from "../environment/environment-names.js";
import type { ProcessEntry } from "./process-system.js";

/** Linux marks its own threads, which have no environment, with this bit (PF_KTHREAD). */
const kernelThreadFlag = 0x0020_0000;

/** A process as one line of /proc/PID/stat tells it. */
export interface LinuxStat extends Omit<ProcessEntry, "treeIds" | "memoryBytes"> {
  readonly isKernelThread: boolean;
}

/**
 * Reads one line of /proc/PID/stat; undefined if it is not one. The name may hold blanks, parentheses and line breaks, so
 * the last parenthesis ends it.
 */
export function parseLinuxStat(line: string): LinuxStat | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  // Numbers as in proc_pid_stat(5), where the state is field 3.
  const fields = line.slice(close + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: Number.parseInt(line, 10),
    parentPid: field(4),
    groupId: field(5),
    sessionId: field(6),
    startedAt: field(22),
    // User and system time, in ticks of a hundredth of a second.
    cpuMs: (field(14) + field(15)) * 10,
    state: stateOf(fields[0] ?? "", field(20)),
    name: line.slice(open + 1, close),
    isKernelThread: (field(9) & kernelThreadFlag) !== 0,
  };
  return Number.isSafeInteger(stat.pid) && Number.isFinite(stat.startedAt) ? stat : undefined;
}

/** Finds the tree ids in an environment block as the kernel keeps it: `NAME=value` texts that end in NUL. */
export function treeIdsIn(block: Buffer): readonly string[] {
  const key = `${treeCookieName}=`;
  for (let at = block.indexOf(key); at >= 0; at = block.indexOf(key, at + 1)) {
    if (at !== 0 && block[at - 1] !== 0) continue;
    const end = block.indexOf(0, at);
    return block.toString("utf8", at + key.length, end < 0 ? block.length : end).split(",");
  }
  return [];
}

function stateOf(letter: string, threadCount: number): ProcessEntry["state"] {
  // A process whose first thread ended shows Z while its other threads run.
  if (letter === "Z" && threadCount > 1) return "running";
  if (letter === "Z" || letter === "X" || letter === "x") return "dead";
  return letter === "T" ? "suspended" : "running";
}
