import type { TreeRow } from "../runtime/list-trees.js";

/** Tells how busy trees are, from one look to the next. */
export interface CpuMeter {
  /** Takes the trees as they are now. @param atMs by a clock that only goes forward */
  look(trees: readonly TreeRow[], atMs: number): void;
  /** In percent of one processor, between the last two looks; undefined where that is not known. */
  of(tree: TreeRow): number | undefined;
}

/** Shorter than this, the kernel's own steps of 10 ms are most of what is measured. */
const leastMs = 100;

interface Seen {
  readonly cpuMs: number;
  readonly atMs: number;
  readonly percent: number | undefined;
}

/** Makes one that has seen nothing yet. */
export function createCpuMeter(): CpuMeter {
  let seen: ReadonlyMap<string, Seen> = new Map();
  return {
    look(trees, atMs) {
      const next = new Map<string, Seen>();
      for (const tree of trees) {
        for (const { pid, cpuMs } of tree.tree) {
          if (cpuMs === undefined) continue;
          const key = keyOf(tree, pid);
          const before = seen.get(key);
          const isRecent = before !== undefined && atMs - before.atMs < leastMs;
          next.set(key, isRecent ? before : measured(before, { cpuMs, atMs }));
        }
      }
      seen = next;
    },
    of(tree) {
      const loads = tree.tree.flatMap(({ pid }) => seen.get(keyOf(tree, pid))?.percent ?? []);
      return loads.length === 0 ? undefined : loads.reduce((sum, load) => sum + load, 0);
    },
  };
}

function measured(before: Seen | undefined, now: { readonly cpuMs: number; readonly atMs: number }): Seen {
  // Less than before: the number belongs to another process by now.
  if (before === undefined || now.cpuMs < before.cpuMs) return { ...now, percent: undefined };
  return { ...now, percent: (100 * (now.cpuMs - before.cpuMs)) / (now.atMs - before.atMs) };
}

function keyOf({ executor, pid: root }: TreeRow, pid: number): string {
  return `${executor} ${root} ${pid}`;
}
