import { join } from "node:path";
import type { TreeProcess } from "@fairlead/core";
import { createProcessTree } from "../processes/process-tree.js";
import { findProcessSystem } from "../processes/this-system.js";
import { openCgroup } from "./cgroup.js";
import { journalFolder } from "./journal.js";
import { listJournals, readJournal } from "./journal-folder.js";
import type { JournaledTree } from "./journal-text.js";
import { readLiving } from "./launched-tree.js";
import { judgeOwner, readPidSpace, type TreeOwner } from "./owner.js";
import { recogniseLeft, recogniseRoots } from "./reap.js";

/** A tree on this machine, as the journal of its owner tells of it, with what runs of it now. */
export interface ListedTree {
  /** The executor, or other program of ours, that started it. */
  readonly ownerPid: number;
  readonly treeId: string;
  readonly rootPid: number;
  /** The file name of the program. */
  readonly program: string;
  readonly labels: Readonly<Record<string, string>>;
  /** On the wall clock of this machine. */
  readonly startedAtMs: number;
  /** The living processes, the root first; empty if all ended and nobody has stopped the tree yet. */
  readonly processes: readonly TreeProcess[];
}

/**
 * Lists the trees of all living owners that share a state folder. It only looks, and needs nobody's answer.
 */
export async function listJournaledTrees(stateDir: string): Promise<readonly ListedTree[]> {
  return listTrees(stateDir, "alive");
}

/**
 * Lists what owners that died left behind and nobody has ended yet: trees with a process that still runs. The next keeper
 * of the folder ends them when it is opened.
 */
export async function listOrphanedTrees(stateDir: string): Promise<readonly ListedTree[]> {
  const trees = await listTrees(stateDir, "dead");
  return trees.filter(({ processes }) => processes.length > 0);
}

async function listTrees(stateDir: string, ofOwners: "alive" | "dead"): Promise<readonly ListedTree[]> {
  const found = await findProcessSystem();
  if (found === undefined) return [];
  const system = found;
  const here = readPidSpace();
  const files = await listJournals(journalFolder(stateDir));
  const lists = await Promise.all(
    files.map(async ({ path }) => {
      const journal = await readJournal(path);
      if (journal === undefined || (await judgeOwner(journal.owner, here, system)) !== ofOwners) return [];
      return Promise.all(journal.trees.map((tree) => listTree(tree, journal.owner)));
    }),
  );
  return lists.flat();

  async function listTree(tree: JournaledTree, owner: TreeOwner): Promise<ListedTree> {
    const { treeId, pid, startedAt, program, labels, startedAtMs } = tree;
    const shown = createProcessTree({
      system,
      enclosure: owner.cgroupPath === undefined ? undefined : openCgroup(join(owner.cgroupPath, treeId)),
      trust: "stranger",
      roots: await recogniseRoots([tree], system),
      remembered: await recogniseLeft([tree], system),
      treeIds: [treeId],
      notBefore: startedAt,
    });
    const processes = await readLiving(shown, system);
    return { ownerPid: owner.pid, treeId, rootPid: pid, program, labels, startedAtMs, processes };
  }
}
