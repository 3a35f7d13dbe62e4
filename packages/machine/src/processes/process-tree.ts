import type { StoppedProcess, StopReport } from "@fairlead/core";
import type { TreeCgroup } from "../trees/cgroup.js";
import { findMembers, numbersOf, type TreeRoot, type TreeSearch } from "./find-members.js";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "./process-system.js";

/**
 * How long after the last proof a group or session counts as the tree's: a kernel that gives out numbers in turn does not
 * come round so soon, and a busy machine has read its table by then.
 */
const numbersKeptMs = 2_000;

/** The processes that a launch led to, wherever they hid. Found again and again, because a tree grows while it is read. */
export interface ProcessTree {
  /**
   * Reads the whole process table and tells whether any process of the tree runs. Call it also at once when a root that is
   * our child has ended: only for a moment after that do its group and session certainly belong to the tree.
   */
  look(): Promise<boolean>;
  /** Tells whether nothing is left. Cheap while a known process runs. */
  isGone(): Promise<boolean>;
  /** Sends a signal to the groups and to every known process outside of them, each one's identity checked just before. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** The processes that ran at the last look, the roots first. */
  living(): readonly ProcessEntry[];
  /** Drops those that have ended by now: what comes after is not to be reported as their end. */
  forgetEnded(): Promise<void>;
  /** Sorts what was found by how it ended, read back from the system. */
  report(): Promise<StopReport>;
}

/** A tree and where it is looked for. */
export interface TreeOptions extends TreeSearch {
  readonly system: ProcessSystem;
  /** Holds the tree where cgroups can be made. The caller owns it. */
  readonly cgroup?: TreeCgroup | undefined;
  /** Processes that certainly belong to it, whatever else is found. @default none */
  readonly remembered?: readonly ProcessEntry[] | undefined;
  /** A clock in milliseconds that never goes back. @default performance.now */
  readonly now?: (() => number) | undefined;
}

interface Member {
  entry: ProcessEntry;
  alive: boolean;
  /** SIGKILL was sent to it while it ran. */
  forced: boolean;
  /** A root before a table has shown it: its start time is only a bound yet. */
  provisionalFor: TreeRoot | undefined;
}

/** Follows a tree by group, session, parent links, cgroup, and its ids in the environment. */
export function createProcessTree(options: TreeOptions): ProcessTree {
  const { system, cgroup, roots, trust, remembered = [], now = () => performance.now() } = options;
  const members = new Map<string, Member>();
  const rootPids = new Set(roots.map(({ pid }) => pid));
  /** When the numbers of a root that has ended were last proven to be the tree's. */
  const provenAtMs = new Map<TreeRoot, number>();
  let running: Promise<boolean> | undefined;
  for (const root of roots) {
    if (!root.hasExited()) addMember(rootEntry(root), trust === "child" ? root : undefined);
  }
  for (const entry of remembered) addMember(entry);

  function alive(): Member[] {
    return [...members.values()].filter((member) => member.alive);
  }

  function addMember(entry: ProcessEntry, provisionalFor?: TreeRoot): void {
    members.set(keyOf(entry), { entry, alive: true, forced: false, provisionalFor });
  }

  function look(): Promise<boolean> {
    const started = lookOnce();
    running = started;
    const done = (): void => {
      if (running === started) running = undefined;
    };
    started.then(done, done);
    return started;
  }

  async function lookOnce(): Promise<boolean> {
    const exitedRoots = new Set(roots.filter((root) => root.hasExited()));
    for (const root of exitedRoots) if (!provenAtMs.has(root)) provenAtMs.set(root, now());
    const before = alive();
    const read = await system.readTable();
    const cgroupPids = cgroup?.pids() ?? [];
    const unseen = cgroupPids.filter((pid) => !read.has(pid));
    const table = unseen.length === 0 ? read : new Map([...read, ...(await system.lookUp(unseen))]);
    refresh(table, before);
    const readAtMs = now();
    const known = alive().map((member) => member.entry);
    const spentRoots = new Set(roots.filter((root) => isSpent(root, readAtMs)));
    const found = findMembers(options, { table, exitedRoots, spentRoots, known, cgroupPids });
    const numbers = numbersOf(found);
    for (const root of exitedRoots) if (numbers.has(root.pid)) provenAtMs.set(root, readAtMs);
    for (const entry of found) {
      if (members.has(keyOf(entry))) continue;
      addMember(entry);
      // Forked in the moment before its parent was moved.
      if (!cgroupPids.includes(entry.pid)) cgroup?.fetch(entry.pid);
    }
    return alive().length > 0;
  }

  function isSpent(root: TreeRoot, atMs: number): boolean {
    if (root.isSpent === true) return true;
    return trust === "child" && atMs - (provenAtMs.get(root) ?? atMs) >= numbersKeptMs;
  }

  async function lookUpAlive(): Promise<Member[]> {
    const before = alive();
    refresh(await system.lookUp(before.map((member) => member.entry.pid)), before);
    return alive();
  }

  /**
   * Takes over what a table says of those who were known when it was asked for; a pid that another process has now means
   * that the member ended.
   */
  function refresh(table: ProcessTable, asked: readonly Member[]): void {
    for (const member of asked) {
      if (!member.alive) continue;
      const entry = table.get(member.entry.pid);
      const isOurs = member.provisionalFor?.hasExited() === false;
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
        member.provisionalFor = undefined;
      }
      member.entry = entry;
    }
  }

  async function isGone(): Promise<boolean> {
    if ((await lookUpAlive()).length > 0) return false;
    // Twice: while the table is read, a process can fork and end, and its child is in neither place. What another look
    // that is under way does not find is not found later either, so it counts as the first.
    return !(await (running ?? look())) && !(await look());
  }

  async function signal(name: NodeJS.Signals): Promise<void> {
    const targets = await lookUpAlive();
    const groups = new Set(targets.map(({ entry }) => entry.groupId).filter((id) => rootPids.has(id)));
    // The groups first, each at one blow: they also hold what was forked a moment ago.
    const groupsSent = new Set([...groups].filter((id) => send(-id, name)));
    for (const member of targets) {
      if (!groupsSent.has(member.entry.groupId)) send(member.entry.pid, name);
      if (name === "SIGKILL") member.forced = true;
    }
    // A suspended process acts on a signal only when it continues.
    if (name === "SIGKILL") cgroup?.kill();
    else for (const { entry } of targets) if (entry.state === "suspended") send(entry.pid, "SIGCONT");
  }

  async function forgetEnded(): Promise<void> {
    await lookUpAlive();
    for (const [key, member] of members) if (!member.alive) members.delete(key);
  }

  async function report(): Promise<StopReport> {
    await lookUpAlive();
    const all = [...members.values()];
    return {
      ended: named(all.filter((member) => !member.alive && !member.forced)),
      forced: named(all.filter((member) => !member.alive && member.forced)),
      survived: named(all.filter((member) => member.alive)),
      blindSpots: cgroup === undefined ? system.blindSpots : [],
    };
  }

  function living(): readonly ProcessEntry[] {
    const entries = alive()
      .map(({ entry }) => entry)
      .toSorted((left, right) => left.pid - right.pid);
    const others = entries.filter(({ pid }) => !rootPids.has(pid));
    return [...entries.filter(({ pid }) => rootPids.has(pid)), ...others];
  }

  return { look, isGone, signal, living, forgetEnded, report };
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
    memoryBytes: () => 0,
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
