import type { StoppedProcess, StopReport } from "@fairlead/core";
import type { TreeEnclosure } from "../trees/tree-enclosure.js";
import { type EndedParent, findMembers, numbersOf, type TreeRoot, type TreeSearch } from "./find-members.js";
import { posixSignals } from "./posix-signals.js";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "./process-system.js";

/**
 * How long after the last proof a group or session counts as the tree's: a kernel that gives out numbers in turn does not
 * come round so soon, and a busy machine has read its table by then.
 */
const numbersKeptMs = 2_000;

/** How many ended parents are remembered, so that a tree that starts processes for years stays small. */
const mostForgotten = 512;

/** The processes that a launch led to, wherever they hid. Found again and again, because a tree grows while it is read. */
export interface ProcessTree {
  /**
   * Reads the whole process table and tells whether any process of the tree runs. Call it also at once when a root that is
   * our child has ended: only for a moment after that do its group and session certainly belong to the tree.
   */
  look(): Promise<boolean>;
  /** Tells whether nothing is left. Cheap while a known process runs. */
  isGone(): Promise<boolean>;
  /**
   * Sends a signal to the groups and to every known process outside of them, each one's identity checked just before. What
   * SIGTERM means is asked in the way of the system.
   * @returns false if nobody could be asked, so that there is no use in waiting
   */
  signal(name: NodeJS.Signals): Promise<boolean>;
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
  /** Holds the tree where one can be made. The caller owns it. */
  readonly enclosure?: TreeEnclosure | undefined;
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
  /** When it was certainly still running, in the unit of start times; only where parents are kept. */
  aliveUntil: number;
  /** When it was certainly gone after it was killed. */
  goneBy: number;
  /** A root before a table has shown it: its start time is only a bound yet. */
  provisionalFor: TreeRoot | undefined;
}

type MemberNote = Partial<Pick<Member, "provisionalFor" | "aliveUntil">>;

/** Follows a tree by group, session, parent links, enclosure, and its ids in the environment. */
export function createProcessTree(options: TreeOptions): ProcessTree {
  const { system, enclosure, roots, trust, remembered = [], now = () => performance.now() } = options;
  const members = new Map<string, Member>();
  const rootPids = new Set(roots.map(({ pid }) => pid));
  /** When the numbers of a root that has ended were last proven to be the tree's. */
  const provenAtMs = new Map<TreeRoot, number>();
  /** Ended members that are not reported any more, but may have left children. */
  const forgotten: EndedParent[] = [];
  /** When the end of a root was learned, in the unit of start times. */
  const rootsEndedAt = new Map<TreeRoot, number>();
  let running: Promise<boolean> | undefined;
  for (const root of roots) {
    if (!root.hasExited())
      addMember(rootEntry(root), { provisionalFor: trust === "child" ? root : undefined });
  }
  for (const entry of remembered) addMember(entry);

  function alive(): Member[] {
    return [...members.values()].filter((member) => member.alive);
  }

  function addMember(entry: ProcessEntry, more: MemberNote = {}): void {
    const { provisionalFor, aliveUntil = entry.startedAt } = more;
    members.set(keyOf(entry), {
      entry,
      alive: true,
      forced: false,
      aliveUntil,
      goneBy: aliveUntil,
      provisionalFor,
    });
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
    noteEnds(exitedRoots);
    const before = alive();
    const askedAt = system.parentsKeptUntil?.() ?? 0;
    const read = await system.readTable();
    const enclosed = enclosure?.pids() ?? [];
    // Who was not there yet, or had the number before; or the clock by which starts are told was put back.
    const unsure = enclosed.filter((pid) => !isOfOurTime(read.get(pid)));
    const lookedUp = unsure.length === 0 ? undefined : await lookUpEnclosed(unsure);
    const table = lookedUp === undefined ? read : new Map([...read, ...lookedUp]);
    const enclosedPids = enclosed.filter((pid) => lookedUp?.has(pid) === true || isOfOurTime(read.get(pid)));
    refresh(table, before, askedAt);
    const readAtMs = now();
    const known = alive().map((member) => member.entry);
    const spentRoots = new Set(roots.filter((root) => isSpent(root, readAtMs)));
    const found = findMembers(options, {
      table,
      exitedRoots,
      spentRoots,
      known,
      enclosedPids,
      endedParents: endedParents(),
    });
    const numbers = numbersOf(found);
    for (const root of exitedRoots) if (numbers.has(root.pid)) provenAtMs.set(root, readAtMs);
    for (const entry of found) {
      if (members.has(keyOf(entry))) continue;
      addMember(entry, { aliveUntil: Math.max(entry.startedAt, askedAt) });
      // Forked in the moment before its parent was moved.
      if (!enclosedPids.includes(entry.pid)) enclosure?.fetch(entry.pid);
    }
    return alive().length > 0;
  }

  function isOfOurTime(entry: ProcessEntry | undefined): boolean {
    return entry !== undefined && entry.startedAt >= options.notBefore;
  }

  /** Who has such a number by now is ours only if the enclosure still says so. */
  async function lookUpEnclosed(pids: readonly number[]): Promise<ProcessTable> {
    const seen = await system.lookUp(pids);
    const inside = new Set(enclosure?.pids());
    return new Map([...seen].filter(([pid]) => inside.has(pid)));
  }

  /** Notes the roots that are known to have ended only now: until now nobody else can have had their numbers. */
  function noteEnds(exitedRoots: ReadonlySet<TreeRoot>): void {
    for (const root of exitedRoots) {
      if (provenAtMs.has(root)) continue;
      provenAtMs.set(root, now());
      if (trust !== "stranger") rootsEndedAt.set(root, system.parentsKeptUntil?.() ?? 0);
    }
  }

  /** Who ended, and until when a child can have had it as its parent; nobody where a child gets another one then. */
  function endedParents(): readonly EndedParent[] | undefined {
    if (system.parentsKeptUntil === undefined) return undefined;
    const ended = [...members.values()].filter((member) => !member.alive);
    return [
      ...ended.map(endedParent),
      ...forgotten,
      ...[...rootsEndedAt].map(([{ pid, startedAt }, aliveUntil]) => ({
        pid,
        startedAt,
        aliveUntil,
        goneBy: aliveUntil,
      })),
    ];
  }

  function isSpent(root: TreeRoot, atMs: number): boolean {
    if (root.isSpent === true) return true;
    return trust === "child" && atMs - (provenAtMs.get(root) ?? atMs) >= numbersKeptMs;
  }

  async function lookUpAlive(): Promise<Member[]> {
    const before = alive();
    const askedAt = system.parentsKeptUntil?.() ?? 0;
    refresh(await system.lookUp(before.map((member) => member.entry.pid)), before, askedAt);
    return alive();
  }

  /**
   * Takes over what a table says of those who were known when it was asked for; a pid that another process has now means
   * that the member ended.
   */
  function refresh(table: ProcessTable, asked: readonly Member[], askedAt: number): void {
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
      member.aliveUntil = askedAt;
    }
  }

  async function isGone(): Promise<boolean> {
    if ((await lookUpAlive()).length > 0) return false;
    // Twice: while the table is read, a process can fork and end, and its child is in neither place. What another look
    // that is under way does not find is not found later either, so it counts as the first.
    return !(await (running ?? look())) && !(await look());
  }

  async function signal(name: NodeJS.Signals): Promise<boolean> {
    const targets = await lookUpAlive();
    if (name === "SIGTERM" && system.askToEnd !== undefined) {
      return system.askToEnd(targets.map(({ entry }) => entry));
    }
    const { signals = posixSignals } = system;
    const groups = new Set(targets.map(({ entry }) => entry.groupId).filter((id) => rootPids.has(id)));
    // The groups first, each at one blow: they also hold what was forked a moment ago.
    const groupsSent = new Set([...groups].filter((id) => signals.group(id, name)));
    for (const member of targets) {
      const isHit = !groupsSent.has(member.entry.groupId) && signals.one(member.entry, name);
      if (name !== "SIGKILL") continue;
      member.forced = true;
      // It ran until now, which may be long after the look: whatever it has born by now is ours.
      if (!isHit || system.parentsKeptUntil === undefined) continue;
      member.aliveUntil = system.parentsKeptUntil();
      member.goneBy = member.aliveUntil + (system.killLag ?? 0);
    }
    // A suspended process acts on a signal only when it continues.
    if (name === "SIGKILL") enclosure?.kill();
    else for (const { entry } of targets) if (entry.state === "suspended") signals.one(entry, "SIGCONT");
    return true;
  }

  async function forgetEnded(): Promise<void> {
    await lookUpAlive();
    for (const [key, member] of members) {
      if (member.alive) continue;
      members.delete(key);
      if (system.parentsKeptUntil !== undefined) forgotten.push(endedParent(member));
    }
    forgotten.splice(0, Math.max(0, forgotten.length - mostForgotten));
  }

  async function report(): Promise<StopReport> {
    await lookUpAlive();
    const all = [...members.values()];
    return {
      ended: named(all.filter((member) => !member.alive && !member.forced)),
      forced: named(all.filter((member) => !member.alive && member.forced)),
      survived: named(all.filter((member) => member.alive)),
      blindSpots: enclosure === undefined ? system.blindSpots : [],
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

function endedParent({ entry: { pid, startedAt }, aliveUntil, goneBy }: Member): EndedParent {
  return { pid, startedAt, aliveUntil, goneBy };
}

function named(members: readonly Member[]): StoppedProcess[] {
  return members
    .map(({ entry }) => ({ pid: entry.pid, name: entry.name }))
    .toSorted((left, right) => left.pid - right.pid);
}

function keyOf(entry: ProcessEntry): string {
  return `${entry.pid}:${entry.startedAt}`;
}
