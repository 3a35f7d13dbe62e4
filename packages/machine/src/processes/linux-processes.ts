import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { parseLinuxStat, treeIdsIn } from "./linux-stat.js";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "./process-system.js";
import { createSharedRead } from "./shared-read.js";

/** Processes read before the event loop gets a turn: about two milliseconds of work. */
const entriesPerTurn = 64;

/** How often the list of processes is read again for those that were born meanwhile; a quiet machine needs two. */
const mostRounds = 20;

/** A clock tick of /proc: USER_HZ is 100 on every machine that Node runs on. */
const tickMs = 10;

/** Younger processes, in clock ticks, may fork and end at any moment: all of them is read at once. */
const youngTicks = 200;

/** How often, a millisecond apart, an empty environment is read again: it is empty for a moment during each exec. */
const mostEnvironmentReads = 3;

/** One buffer for all stat lines, which are read synchronously one after the other. */
const statBuffer = Buffer.allocUnsafe(4_096);

/** Processes as Linux shows them under /proc. */
export const linuxProcesses: ProcessSystem = {
  readTable: createSharedRead(readTable),
  lookUp: (pids) => Promise.resolve(lookUp(pids)),
  startBound,
  isSameStart: (noted, seen) => noted === seen,
  ageMs: (startedAt) => Math.max(0, Math.round((readUptimeTicks() - startedAt) * tickMs)),
  pollMs: { first: 5, most: 25 },
  blindSpots: [
    "No cgroup could be made: a process that threw its environment away, left its group and session, and whose parent ended before the stop was not looked for",
  ],
};

interface LinuxEntry extends ProcessEntry {
  /** Reads the environment again if it was empty. @returns whether it still is */
  isUndecided(): boolean;
}

/**
 * Reads the list again until it shows nobody new: a process that ends before it is read may have left a child that the
 * list did not hold yet, and only this child shows that the tree lives on.
 */
async function readTable(): Promise<ProcessTable> {
  const table = new Map<number, LinuxEntry>();
  const seen = new Set<string>();
  const youngFrom = readUptimeTicks() - youngTicks;
  const undecided: LinuxEntry[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const names = readdirSync("/proc").filter((name) => isPid(name) && !seen.has(name));
    if (names.length === 0) break;
    let count = 0;
    for (const name of names) {
      seen.add(name);
      const entry = readEntry(Number(name));
      if (entry !== undefined) table.set(entry.pid, entry);
      if (entry !== undefined && entry.startedAt >= youngFrom && entry.isUndecided()) undecided.push(entry);
      count += 1;
      if (count % entriesPerTurn === 0) await nextTurn();
    }
  }
  await decide(undecided);
  return table;
}

async function decide(undecided: readonly LinuxEntry[]): Promise<void> {
  let left = undecided;
  for (let count = 1; count < mostEnvironmentReads && left.length > 0; count += 1) {
    await delay(1);
    left = left.filter((entry) => entry.isUndecided());
  }
}

function lookUp(pids: readonly number[]): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  for (const pid of pids) {
    const entry = readEntry(pid);
    if (entry !== undefined) table.set(pid, entry);
  }
  return table;
}

function readEntry(pid: number): LinuxEntry | undefined {
  const line = readStat(pid);
  const stat = line === undefined ? undefined : parseLinuxStat(line);
  if (stat === undefined) return undefined;
  const { isKernelThread, ...entry } = stat;
  const hasNone = isKernelThread || entry.state === "dead";
  let environment: Buffer | undefined;
  const read = (): Buffer => (environment ??= readEnvironment(pid));
  return {
    ...entry,
    treeIds: () => (hasNone ? [] : treeIdsIn(read())),
    memoryBytes: () => (hasNone ? 0 : readMemoryBytes(pid)),
    isUndecided: () => {
      if (hasNone) return false;
      if (environment?.length === 0) environment = undefined;
      return read().length === 0;
    },
  };
}

/** A launch has succeeded already and must not fail for want of one more file: then everything may be of its tree. */
function startBound(pid: number): number {
  try {
    return readEntry(pid)?.startedAt ?? 0;
  } catch {
    return 0;
  }
}

function isPid(name: string): boolean {
  const code = name.charCodeAt(0);
  return code >= 48 && code <= 57;
}

function readUptimeTicks(): number {
  return (Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 1_000) / tickMs;
}

/** From the status, which tells it in KiB: pages are of different sizes on different machines. */
function readMemoryBytes(pid: number): number {
  try {
    const match = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(match?.[1] ?? 0) * 1_024;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

/**
 * Undefined for a process that is gone: it may vanish between any two of these calls.
 * @throws where nothing can be known, as when files have run out
 */
function readStat(pid: number): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/stat`, "r");
    return statBuffer.toString("utf8", 0, readSync(file, statBuffer, 0, statBuffer.length, 0));
  } catch (error) {
    if (isUnseen(error)) return undefined;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Processes of other users do not show theirs: one NUL stands for "nothing, and no use in asking again". */
function readEnvironment(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch (error) {
    if (isUnseen(error)) return Buffer.alloc(1);
    throw error;
  }
}

/** The errors of a process that is gone, or that is hidden from us because it is another user's. Others prove nothing. */
function isUnseen(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM";
}
