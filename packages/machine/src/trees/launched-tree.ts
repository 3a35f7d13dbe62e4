import type { StopReport, TreeProcess } from "@fairlead/core";
import type { TreeRoot } from "../processes/find-members.js";
import type { ProcessEntry, ProcessSystem } from "../processes/process-system.js";
import { createProcessTree, type ProcessTree } from "../processes/process-tree.js";
import { climbStopLadder, type LadderSteps } from "../processes/stop-ladder.js";
import { stopWindowsTree } from "../processes/windows-stop.js";
import { signalTree } from "./signal-tree.js";
import type { TreeEnclosure } from "./tree-enclosure.js";
import { tryPatiently } from "./try-patiently.js";

/** What a launch knows of the child that it has just started. */
export type StartedRoot = Omit<TreeRoot, "startedAt">;

/** The tree of one launch, for as long as somebody may ask about it. */
export interface LaunchedTree {
  /**
   * Finds what the root leaves behind, while its numbers cannot have been given to somebody else yet. Call it in the turn
   * in which the end of the root was told. Never rejects.
   */
  rootEnded(): Promise<void>;
  /** Reads its living processes, the root first. */
  read(): Promise<readonly TreeProcess[]>;
  /**
   * Sends a signal to the group of its root, or does what comes next to that.
   * @returns false if nobody is there any more
   * @throws FairleadError where that cannot be done here
   */
  signal(name: NodeJS.Signals): Promise<boolean>;
  /** Climbs the stop ladder over it. */
  end(steps: Omit<LadderSteps, "tree" | "pollMs">): Promise<StopReport>;
}

/** What a launched tree is made of. */
export interface LaunchedTreeOptions {
  /** Undefined where nobody shows processes; then trees are ended by the system's own tool. */
  readonly system: ProcessSystem | undefined;
  readonly root: TreeRoot;
  readonly treeId: string;
  readonly enclosure?: TreeEnclosure | undefined;
  /** Called once the root has ended, with the living processes that it left behind. */
  readonly onRootEnded?: (left: readonly ProcessEntry[]) => void;
  /** Called after every stop, with what the system showed. */
  readonly onEnded?: (report: StopReport) => Promise<void>;
}

/** Where the table cannot be read when a root has ended, that is tried again for as long as its numbers are certain. */
const lookPausesMs = [10, 40, 150, 600];

/** Follows the tree of a child of ours. */
export function createLaunchedTree(options: LaunchedTreeOptions): LaunchedTree {
  const { system, root, enclosure, onRootEnded, onEnded } = options;
  if (system === undefined) {
    return {
      rootEnded: () => Promise.resolve(),
      signal: (name) => signalTree(name, { root, members: () => Promise.resolve([root]) }),
      read: () => Promise.resolve(root.hasExited() ? [] : [unmeasured(root)]),
      end: async (steps) => {
        const report = await stopWindowsTree(root, steps);
        await onEnded?.(report);
        return report;
      },
    };
  }
  const tree = createProcessTree({
    system,
    enclosure,
    trust: "child",
    roots: [root],
    treeIds: [options.treeId],
    notBefore: root.startedAt,
  });
  let isEnding = false;
  return {
    rootEnded: async () => {
      // Remembering those who were seen before is better than nothing.
      await tryPatiently(() => tree.look(), lookPausesMs).catch(() => {});
      onRootEnded?.(tree.living().filter(({ pid }) => pid !== root.pid));
    },
    signal: (name) =>
      signalTree(name, {
        root,
        enclosure,
        members: async () => {
          await tree.look();
          return tree.living();
        },
      }),
    read: async () => {
      const living = await readLiving(tree, system);
      // During a stop whoever ended belongs to its report.
      if (!isEnding) await tree.forgetEnded();
      return living;
    },
    end: async (steps) => {
      // A stop that failed halfway is continued, and its report belongs to this one.
      if (!isEnding) await tree.forgetEnded();
      isEnding = true;
      const report = await climbStopLadder({ ...steps, tree, pollMs: system.pollMs });
      await onEnded?.(report);
      return report;
    },
  };
}

/** Looks at a tree and tells its living processes, the roots first. */
export async function readLiving(tree: ProcessTree, system: ProcessSystem): Promise<readonly TreeProcess[]> {
  await tree.look();
  return tree.living().map((entry) => measured(entry, system));
}

function measured(entry: ProcessEntry, system: ProcessSystem): TreeProcess {
  return {
    pid: entry.pid,
    parentPid: entry.parentPid,
    name: entry.name,
    memoryBytes: entry.memoryBytes(),
    ageMs: system.ageMs(entry.startedAt),
    ...(entry.cpuMs === undefined ? {} : { cpuMs: entry.cpuMs }),
  };
}

function unmeasured({ pid, name }: TreeRoot): TreeProcess {
  return { pid, parentPid: process.pid, name, memoryBytes: 0, ageMs: 0 };
}
