import { enterOwnJob, openJob } from "../windows/job.js";
import { loadWindowsCalls, type WindowsCalls } from "../windows/windows-calls.js";
import { openCgroupRoom } from "./cgroup.js";
import { ownerCgroupName } from "./reap.js";
import { joinEnclosures, type TreeEnclosure } from "./tree-enclosure.js";

/** Makes what holds the trees of one owner, in the way of this system; where there is none, it makes nothing. */
export interface TreeHolder {
  /** The folder of the cgroup that holds those of all trees; undefined where none could be made. */
  readonly cgroupPath: string | undefined;
  /** Whether the system ends all trees with this process, whatever ends that, so that no watchdog is needed. */
  readonly endsWithUs: boolean;
  /** All trees as one, where that cannot be found again by its path. */
  readonly all: TreeEnclosure | undefined;
  /** Makes an enclosure for a tree; undefined where that is not allowed. */
  make(treeId: string): TreeEnclosure | undefined;
  /** Makes the next birth in an enclosure quick. */
  warm(): Promise<void>;
  /** Gives up what is empty. */
  remove(): Promise<void>;
}

/** Opens what this system has. From then on, on Windows, all that this process starts ends with it. */
export async function openTreeHolder(ownerId: string): Promise<TreeHolder> {
  const calls = await loadWindowsCalls();
  return calls === undefined ? cgroupHolder(ownerId) : jobHolder(calls);
}

function cgroupHolder(ownerId: string): TreeHolder {
  const room = openCgroupRoom();
  const name = ownerCgroupName(ownerId);
  const cgroup = room?.make(name);
  return {
    cgroupPath: cgroup?.path,
    endsWithUs: false,
    all: undefined,
    make: (treeId) => (cgroup === undefined ? undefined : room?.make(`${name}/${treeId}`)),
    warm: async () => room?.warm(),
    remove: async () => cgroup?.remove(),
  };
}

function jobHolder(calls: WindowsCalls): TreeHolder {
  const jobs = new Set<TreeEnclosure>();
  const endsWithUs = enterOwnJob(calls);
  // Whoever started us may have made us deaf to Ctrl-C, and our children would inherit that.
  calls.ignoreInterrupts(false);
  const all = joinEnclosures(() => [...jobs]);
  return {
    cgroupPath: undefined,
    endsWithUs,
    all,
    make: () => {
      const job = openJob(calls);
      if (job === undefined) return undefined;
      const kept: TreeEnclosure = {
        ...job,
        remove: async () => {
          await job.remove();
          if (job.pids().length === 0) jobs.delete(kept);
        },
      };
      jobs.add(kept);
      return kept;
    },
    warm: () => Promise.resolve(),
    remove: () => all.remove(),
  };
}
