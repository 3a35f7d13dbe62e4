import { describe, expect, it } from "vitest";
import type { ProcessEntry, ProcessSystem } from "./process-system.js";
import { createProcessTree, type ProcessTree } from "./process-tree.js";

/** Pids that no kernel gives out, so that nothing real can be hit. */
const base = 2 ** 30;

function entry(pid: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  const numbers = { parentPid: 1, groupId: pid, sessionId: pid, startedAt: 100, name: `p${pid}` };
  return { pid, ...numbers, state: "running", treeIds: () => [], memoryBytes: () => 0, ...more };
}

/** The tree of a child of ours in a world where everything is said by the test. */
function world(): {
  readonly tree: ProcessTree;
  /** Lets time pass, and the table hold these alone. */
  readonly after: (ms: number, ...entries: readonly ProcessEntry[]) => void;
  readonly rootEnds: () => void;
  /** The next reads fail. */
  readonly breaks: (isBroken: boolean) => void;
  readonly found: () => Promise<readonly number[]>;
} {
  let nowMs = 0;
  let hasExited = false;
  let isBroken = false;
  let table = new Map<number, ProcessEntry>();
  const read = (): Promise<Map<number, ProcessEntry>> =>
    isBroken ? Promise.reject(new Error("No more files")) : Promise.resolve(table);
  const system: ProcessSystem = {
    readTable: read,
    lookUp: async (pids) => new Map([...(await read())].filter(([pid]) => pids.includes(pid))),
    startBound: () => 0,
    isSameStart: (noted, seen) => noted === seen,
    ageMs: () => 0,
    pollMs: { first: 1, most: 1 },
    blindSpots: [],
  };
  const root = { pid: base, startedAt: 100, name: "root", hasExited: () => hasExited };
  const options = { roots: [root], trust: "child", treeIds: ["t_1"], notBefore: 100 } as const;
  const tree = createProcessTree({ ...options, system, now: () => nowMs });
  return {
    tree,
    after: (ms, ...entries) => {
      nowMs += ms;
      table = new Map(entries.map((each) => [each.pid, each]));
    },
    rootEnds: () => {
      hasExited = true;
    },
    breaks: (broken) => {
      isBroken = broken;
    },
    found: async () => {
      await tree.look();
      return tree.living().map(({ pid }) => pid - base);
    },
  };
}

const hour = 3_600_000;
const inGroup = { groupId: base, sessionId: base };

describe("the numbers of a root that has ended", () => {
  it("do not make a stranger's child ours, whose parent got the pid long after, led a group and ended", async () => {
    const { after, rootEnds, found } = world();
    after(0, entry(base));
    expect(await found()).toEqual([0]);
    rootEnds();
    after(10);
    expect(await found()).toEqual([]);
    after(hour, entry(base + 7, { ...inGroup, startedAt: 9_000 }));
    expect(await found()).toEqual([]);
    expect(await found()).toEqual([]);
  });

  it("do not make them ours either if nothing could be read at its end", async () => {
    const { after, rootEnds, breaks, found } = world();
    rootEnds();
    breaks(true);
    await expect(found()).rejects.toThrow("No more files");
    breaks(false);
    after(hour, entry(base + 7, { ...inGroup, startedAt: 9_000 }));
    expect(await found()).toEqual([]);
  });

  it("lead to what it leaves behind at that moment, which is remembered with all that descends from it", async () => {
    const { after, rootEnds, found } = world();
    const left = entry(base + 1, inGroup);
    after(0, entry(base), left);
    rootEnds();
    after(10, left);
    expect(await found()).toEqual([1]);
    // As long as one of them lives the kernel gives the numbers to nobody.
    const child = entry(base + 2, { parentPid: base + 1 });
    const orphan = entry(base + 3, { ...inGroup, startedAt: 200 });
    after(hour, left, child, orphan);
    expect(await found()).toEqual([1, 2, 3]);
    after(1_000, entry(base + 4, { ...inGroup, startedAt: 300 }));
    expect(await found()).toEqual([4]);
  });

  it("say nothing any more once all of these have ended, and their pids are nobody's proof", async () => {
    const { after, rootEnds, found } = world();
    rootEnds();
    after(10, entry(base + 1, inGroup));
    expect(await found()).toEqual([1]);
    const stranger = entry(base + 1, { ...inGroup, startedAt: 9_000 });
    after(hour, stranger, entry(base + 5, { parentPid: base + 1, startedAt: 9_001 }));
    expect(await found()).toEqual([]);
  });

  it("do not revive or end a member that could not be read", async () => {
    const { tree, after, breaks, found } = world();
    after(0, entry(base));
    expect(await found()).toEqual([0]);
    breaks(true);
    await expect(tree.isGone()).rejects.toThrow("No more files");
    await expect(tree.report()).rejects.toThrow("No more files");
    breaks(false);
    expect(await tree.isGone()).toBe(false);
    expect((await tree.report()).survived.map(({ pid }) => pid)).toEqual([base]);
  });
});
