import type { ProcessEntry, ProcessTable } from "./process-system.js";

/** The process that a tree grew from. It leads a group and a session of its own, so its pid is their number too. */
export interface TreeRoot {
  readonly pid: number;
  /** No process of the tree was started before this; in the unit of the system. */
  readonly startedAt: number;
  readonly name: string;
  /** Whether it is known to have ended. From then on its pid may belong to somebody else. */
  hasExited(): boolean;
  /** Its end was looked at long ago: its group and session say nothing any more by themselves. @default false */
  readonly isSpent?: boolean | undefined;
}

/**
 * How much the numbers of a root say. `child`: it is our own child, whose pid nobody else gets before we learn of its end,
 * nor in the moment after that.
 * `orphan`: its parent died a moment ago, so its numbers cannot have been given away yet. `stranger`: anything may have
 * happened since, so a number counts only where a running root, a mark or the enclosure proves it.
 */
export type RootTrust = "child" | "orphan" | "stranger";

/** By what a tree is known. */
export interface TreeSearch {
  readonly roots: readonly TreeRoot[];
  readonly trust: RootTrust;
  /** Ids of which each process of the tree carries at least one in its environment, unless it threw that away. */
  readonly treeIds: readonly string[];
  /** No process of the tree was started before this; in the unit of the system. */
  readonly notBefore: number;
}

/** What is known at one moment. */
export interface TreeSighting {
  readonly table: ProcessTable;
  /** The roots that were known to have ended before the table was read. */
  readonly exitedRoots: ReadonlySet<TreeRoot>;
  /** Those of them whose numbers may have been given to somebody else since. */
  readonly spentRoots: ReadonlySet<TreeRoot>;
  /** Living processes of the tree from before. */
  readonly known: readonly ProcessEntry[];
  /** Pids that the tree's enclosure holds. */
  readonly enclosedPids: readonly number[];
  /** Whoever of the tree has ended, where children keep the number of such a parent; undefined elsewhere. */
  readonly endedParents?: readonly EndedParent[] | undefined;
}

/** A process of the tree that ended. */
export interface EndedParent {
  readonly pid: number;
  readonly startedAt: number;
  /** Until then its number was certainly its own, so whoever was started before with that parent is its child. */
  readonly aliveUntil: number;
  /** Until then it may have started others, though it was killed before, unless somebody else has its number by now. */
  readonly goneBy: number;
}

/**
 * Finds everything in a process table that belongs to a tree: by mark, enclosure, group and session, and whatever descends
 * from these. Never this process itself.
 */
export function findMembers(search: TreeSearch, sighting: TreeSighting): readonly ProcessEntry[] {
  const { table } = sighting;
  const isCandidate = (entry: ProcessEntry): boolean =>
    entry.state !== "dead" && entry.startedAt >= search.notBefore && entry.pid !== process.pid;
  const candidates = [...table.values()].filter(isCandidate);
  const proven = [
    ...enclosedEntries(sighting),
    ...candidates.filter((entry) => entry.treeIds().some((id) => search.treeIds.includes(id))),
  ];
  const numbers = believedNumbers(search, sighting, proven);
  const byNumber = candidates.filter(
    ({ groupId, sessionId = -1 }) => numbers.has(groupId) || numbers.has(sessionId),
  );
  const children = childrenByParent(table);
  const found = new Map<number, ProcessEntry>();
  const { endedParents } = sighting;
  const orphans = endedParents === undefined ? [] : candidates.filter(isOrphanOf(endedParents, table));
  const queue = [...sighting.known, ...proven, ...byNumber, ...orphans];
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (found.has(entry.pid)) continue;
    found.set(entry.pid, entry);
    const { pid, startedAt } = entry;
    // Where parents are kept, an older process had one that ended and whose number this one has by chance.
    const isChild = (child: ProcessEntry): boolean =>
      endedParents === undefined || child.startedAt >= startedAt;
    queue.push(...(children.get(pid) ?? []).filter((child) => isCandidate(child) && isChild(child)));
  }
  return [...found.values()];
}

/**
 * What is enclosed belongs to the tree, whenever it seems to have been started: Windows tells that by the clock of the day, which
 * somebody may have put back.
 */
function enclosedEntries({ enclosedPids, table }: TreeSighting): readonly ProcessEntry[] {
  return enclosedPids.flatMap((pid) => {
    const entry = table.get(pid);
    return entry === undefined || entry.state === "dead" || pid === process.pid ? [] : [entry];
  });
}

function isOrphanOf(parents: readonly EndedParent[], table: ProcessTable): (entry: ProcessEntry) => boolean {
  return ({ parentPid, startedAt }) =>
    parents.some((parent) => {
      if (parent.pid !== parentPid || startedAt < parent.startedAt) return false;
      if (startedAt <= parent.aliveUntil) return true;
      return startedAt <= parent.goneBy && !table.has(parentPid);
    });
}

/** The roots whose group and session are certainly still theirs. */
function believedNumbers(
  { roots, trust }: TreeSearch,
  { table, exitedRoots, spentRoots, known }: TreeSighting,
  proven: readonly ProcessEntry[],
): ReadonlySet<number> {
  const provenNumbers = numbersOf([...proven, ...known]);
  const believed = roots.filter((root) => {
    const leader = table.get(root.pid);
    const exited = exitedRoots.has(root);
    // The kernel does not reuse a number that a group or session still has, so a stranger there means: both are empty.
    if (leader !== undefined) return trust === "child" ? !exited : leader.startedAt === root.startedAt;
    if (!exited || provenNumbers.has(root.pid)) return true;
    return trust !== "stranger" && !spentRoots.has(root);
  });
  return new Set(believed.map(({ pid }) => pid));
}

/** The groups and sessions of processes. */
export function numbersOf(entries: readonly ProcessEntry[]): ReadonlySet<number> {
  return new Set(entries.flatMap(({ groupId, sessionId = groupId }) => [groupId, sessionId]));
}

function childrenByParent(table: ProcessTable): ReadonlyMap<number, readonly ProcessEntry[]> {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of table.values()) {
    const siblings = children.get(entry.parentPid);
    if (siblings === undefined) children.set(entry.parentPid, [entry]);
    else siblings.push(entry);
  }
  return children;
}
