import type { StopReport } from "@fairlead/core";
import type { RootTrust, TreeRoot } from "../processes/find-members.js";
import type { ProcessEntry, ProcessSystem } from "../processes/process-system.js";
import { createProcessTree, type ProcessTree } from "../processes/process-tree.js";
import { climbStopLadder } from "../processes/stop-ladder.js";
import { openCgroup, type TreeCgroup } from "./cgroup.js";
import type { Journal, JournaledTree } from "./journal-text.js";
import type { TreeEnclosure } from "./tree-enclosure.js";

/** The pause before SIGKILL for what lost its owner: it has seen the end of its input already. */
const orphanTermGraceMs = 500;

/** How the trees of a dead owner are looked for. */
export interface ReapOptions {
  readonly system: ProcessSystem;
  /** `orphan` if the owner died a moment ago, `stranger` otherwise. */
  readonly trust: Exclude<RootTrust, "child">;
  /** Holds all of them, as long as their owner still does. @default the cgroup that the journal names */
  readonly enclosure?: TreeEnclosure | undefined;
  /** @default 500 */
  readonly termGraceMs?: number | undefined;
}

/**
 * Ends whatever is left of the trees of an owner that is proven dead, by one ladder for all of them: found by the owner's
 * id in their environment, by cgroup, and by the recorded roots where pid and start time still agree.
 */
export async function reapTrees(journal: Journal, options: ReapOptions): Promise<StopReport> {
  const enclosure = options.enclosure ?? ownerCgroup(journal);
  const tree = await findTrees(journal, enclosure, options);
  const report = await climbStopLadder({
    tree,
    pollMs: options.system.pollMs,
    times: () => ({ stdinGraceMs: 0, termGraceMs: options.termGraceMs ?? orphanTermGraceMs }),
    closeStdin: () => performance.now(),
    destroyStdin: () => {},
    exited: new Promise(() => {}),
  });
  if (report.survived.length === 0) await enclosure?.remove();
  return report;
}

async function findTrees(
  journal: Journal,
  enclosure: TreeEnclosure | undefined,
  { system, trust }: Pick<ReapOptions, "system" | "trust">,
): Promise<ProcessTree> {
  const { owner, trees } = journal;
  return createProcessTree({
    system,
    enclosure,
    trust,
    roots: await recogniseRoots(trees, system),
    remembered: await recogniseLeft(trees, system),
    treeIds: [owner.ownerId],
    notBefore: Math.min(owner.startedAt, ...trees.map(({ startedAt }) => startedAt)),
  });
}

/** Finds the recorded roots again: each that runs no longer, or whose pid another process has, counts as ended. */
export async function recogniseRoots(
  trees: readonly JournaledTree[],
  system: ProcessSystem,
): Promise<readonly TreeRoot[]> {
  const seen = await system.lookUp(trees.map(({ pid }) => pid));
  return trees.map(({ pid, startedAt, program, left }) => {
    const entry = seen.get(pid);
    const runs =
      entry !== undefined && entry.state !== "dead" && system.isSameStart(startedAt, entry.startedAt);
    return {
      pid,
      startedAt: runs ? entry.startedAt : startedAt,
      name: runs ? entry.name : program,
      hasExited: () => !runs,
      isSpent: left !== undefined,
    };
  });
}

/** Finds again what roots left behind when they ended: each whose pid and start time still agree. */
export async function recogniseLeft(
  trees: readonly JournaledTree[],
  system: ProcessSystem,
): Promise<readonly ProcessEntry[]> {
  const left = trees.flatMap((tree) => tree.left ?? []);
  if (left.length === 0) return [];
  const seen = await system.lookUp(left.map(({ pid }) => pid));
  return left.flatMap(({ pid, startedAt }) => {
    const entry = seen.get(pid);
    const runs =
      entry !== undefined && entry.state !== "dead" && system.isSameStart(startedAt, entry.startedAt);
    return runs ? [entry] : [];
  });
}

/** A journal may be damaged: nothing but a folder that bears the owner's name is ever killed as a cgroup. */
function ownerCgroup({ owner }: Journal): TreeCgroup | undefined {
  const { cgroupPath, ownerId } = owner;
  return cgroupPath?.endsWith(`/${ownerCgroupName(ownerId)}`) === true ? openCgroup(cgroupPath) : undefined;
}

/** The name of the cgroup that holds those of an owner's trees. */
export function ownerCgroupName(ownerId: string): string {
  return `fairlead-${ownerId}`;
}
