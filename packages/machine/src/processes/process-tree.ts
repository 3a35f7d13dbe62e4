import type { StoppedProcess, StopReport } from "@fairlead/core";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "./process-system.js";

/** The process that a tree grew from. It leads a group and a session of its own, so its pid is their number too. */
export interface TreeRoot {
  readonly pid: number;
  /** No process of the tree was started before this; in the unit of the {@link ProcessSystem}. */
  readonly startedAt: number;
  readonly name: string;
  /** Whether we, its parent, have learnt that it ended. From then on its pid may belong to somebody else. */
  hasExited(): boolean;
}

/** The processes that one launch led to, wherever they hid. Found again and again, because a tree grows while it is read. */
export interface ProcessTree {
  /** Reads the whole process table and tells whether any process of the tree runs. */
  look(): Promise<boolean>;
  /** Tells whether nothing is left. Cheap while a known process runs. */
  isGone(): Promise<boolean>;
  /** Sends a signal to the group and to every known process outside of it, each one's identity checked just before. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Sorts what was found by how it ended, read back from the system. */
  report(): Promise<StopReport>;
}

interface Member {
  entry: ProcessEntry;
  alive: boolean;
  /** SIGKILL was sent to it while it ran. */
  forced: boolean;
  /** The root before a table has shown it: its start time is only a bound yet. */
  provisional: boolean;
}

/**
 * Follows the tree of a root by group, session, parent links and the tree id in the environment.
 * @param treeId what the root's environment names it by
 */
export function createProcessTree(root: TreeRoot, treeId: string, system: ProcessSystem): ProcessTree {
  const members = new Map<string, Member>();
  if (!root.hasExited()) addMember(rootEntry(root), true);

  function alive(): Member[] {
    return [...members.values()].filter((member) => member.alive);
  }

  function addMember(entry: ProcessEntry, provisional: boolean): void {
    members.set(keyOf(entry), { entry, alive: true, forced: false, provisional });
  }

  async function look(): Promise<boolean> {
    const rootHadExited = root.hasExited();
    const table = await system.readTable();
    refresh(table);
    for (const entry of findMembers(table, rootHadExited)) addMember(entry, false);
    return alive().length > 0;
  }

  /** Grows the set of members to everything in the table that belongs to it and is not known yet. */
  function findMembers(table: ProcessTable, rootHadExited: boolean): ProcessEntry[] {
    const leader = table.get(root.pid);
    // The kernel does not reuse a number that a group or session still has, so a stranger there means: both are empty.
    const numbersReused = rootHadExited && leader !== undefined;
    const children = childrenByParent(table);
    const found = new Map<number, ProcessEntry>();
    const queue: ProcessEntry[] = alive().map((member) => member.entry);
    for (const entry of table.values()) {
      const byNumber = !numbersReused && (entry.groupId === root.pid || entry.sessionId === root.pid);
      if (isCandidate(entry) && (byNumber || entry.treeIds().includes(treeId))) queue.push(entry);
    }
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      if (found.has(entry.pid)) continue;
      found.set(entry.pid, entry);
      queue.push(...(children.get(entry.pid) ?? []).filter(isCandidate));
    }
    return [...found.values()].filter((entry) => !members.has(keyOf(entry)));
  }

  function isCandidate(entry: ProcessEntry): boolean {
    return entry.state !== "dead" && entry.startedAt >= root.startedAt && entry.pid !== process.pid;
  }

  async function lookUpAlive(): Promise<Member[]> {
    refresh(await system.lookUp(alive().map((member) => member.entry.pid)));
    return alive();
  }

  /** Takes over what a table says of the members; a pid that another process has now means that the member ended. */
  function refresh(table: ProcessTable): void {
    for (const member of alive()) {
      const entry = table.get(member.entry.pid);
      const isOurs = member.provisional && !root.hasExited();
      if (
        entry === undefined ||
        entry.state === "dead" ||
        !(isOurs || keyOf(entry) === keyOf(member.entry))
      ) {
        member.alive = false;
        continue;
      }
      if (isOurs) {
        members.delete(keyOf(member.entry));
        members.set(keyOf(entry), member);
        member.provisional = false;
      }
      member.entry = entry;
    }
  }

  async function isGone(): Promise<boolean> {
    if ((await lookUpAlive()).length > 0) return false;
    // Twice: while the table is read, a process can fork and end, and its child is in neither place.
    return !(await look()) && !(await look());
  }

  async function signal(name: NodeJS.Signals): Promise<void> {
    const targets = await lookUpAlive();
    const hasGroup = targets.some((member) => member.entry.groupId === root.pid);
    // The group first, at one blow: it also holds what was forked a moment ago.
    const groupSent = hasGroup && send(-root.pid, name);
    for (const member of targets) {
      if (!groupSent || member.entry.groupId !== root.pid) send(member.entry.pid, name);
      if (name === "SIGKILL") member.forced = true;
    }
    // A suspended process acts on a signal only when it continues.
    if (name === "SIGKILL") return;
    for (const { entry } of targets) if (entry.state === "suspended") send(entry.pid, "SIGCONT");
  }

  async function report(): Promise<StopReport> {
    await lookUpAlive();
    const all = [...members.values()];
    return {
      ended: named(all.filter((member) => !member.alive && !member.forced)),
      forced: named(all.filter((member) => !member.alive && member.forced)),
      survived: named(all.filter((member) => member.alive)),
      blindSpots: system.blindSpots,
    };
  }

  return { look, isGone, signal, report };
}

/** The root belongs to the report also if it ends before the first look. */
function rootEntry(root: TreeRoot): ProcessEntry {
  return {
    pid: root.pid,
    parentPid: process.pid,
    groupId: root.pid,
    sessionId: root.pid,
    startedAt: root.startedAt,
    state: "running",
    name: root.name,
    treeIds: () => [],
  };
}

function named(members: readonly Member[]): StoppedProcess[] {
  return members
    .map(({ entry }) => ({ pid: entry.pid, name: entry.name }))
    .toSorted((left, right) => left.pid - right.pid);
}

function keyOf(entry: ProcessEntry): string {
  return `${entry.pid}:${entry.startedAt}`;
}

function childrenByParent(table: ProcessTable): Map<number, ProcessEntry[]> {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of table.values()) {
    const siblings = children.get(entry.parentPid);
    if (siblings === undefined) children.set(entry.parentPid, [entry]);
    else siblings.push(entry);
  }
  return children;
}

/**
 * Tells whether the signal was sent. A target that is gone already is what the signal was for; one that refuses shows up
 * as survivor in the report.
 */
function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}
