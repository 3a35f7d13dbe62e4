import { describe, expect, it } from "vitest";
import type { ProcessEntry, ProcessSystem } from "./process-system.js";
import { createProcessTree, type ProcessTree } from "./process-tree.js";

/** Pids that no kernel gives out, so that nothing real can be hit. */
const base = 2 ** 30;

function entry(number: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  const pid = base + number;
  const numbers = { parentPid: 1, groupId: pid, sessionId: undefined, startedAt: 100, name: `p${number}` };
  return { pid, ...numbers, state: "running", treeIds: () => [], memoryBytes: () => 0, ...more };
}

/** A child of ours on a system like Windows: no groups, no marks, and a child keeps the number of a parent that ended. */
function world(): {
  readonly tree: ProcessTree;
  /** The table holds these alone, and so late is it. */
  readonly at: (now: number, ...entries: readonly ProcessEntry[]) => Promise<readonly number[]>;
  readonly rootEnds: () => void;
  readonly killed: number[];
} {
  let now = 100;
  let hasExited = false;
  let table = new Map<number, ProcessEntry>();
  const killed: number[] = [];
  const system: ProcessSystem = {
    readTable: () => Promise.resolve(table),
    lookUp: async (pids) => new Map([...table].filter(([pid]) => pids.includes(pid))),
    startBound: () => 0,
    isSameStart: (noted, seen) => noted === seen,
    ageMs: () => 0,
    parentsKeptUntil: () => now,
    killLag: 10,
    signals: {
      group: () => false,
      one: ({ pid }) => {
        // It takes a while to get there.
        now += 50;
        return killed.push(pid - base) > 0;
      },
    },
    askToEnd: () => Promise.resolve(false),
    pollMs: { first: 1, most: 1 },
    blindSpots: [],
  };
  const root = { pid: base, startedAt: 100, name: "root", hasExited: () => hasExited };
  const tree = createProcessTree({
    system,
    roots: [root],
    trust: "child",
    treeIds: ["t_1"],
    notBefore: 100,
  });
  return {
    tree,
    at: async (time, ...entries) => {
      now = time;
      table = new Map(entries.map((each) => [each.pid, each]));
      await tree.look();
      return tree.living().map(({ pid }) => pid - base);
    },
    rootEnds: () => {
      hasExited = true;
    },
    killed,
  };
}

const orphan = entry(2, { parentPid: base, startedAt: 150 });

describe("a tree where children keep the number of a parent that ended", () => {
  it("holds what its root left behind", async () => {
    const { at, rootEnds } = world();
    rootEnds();
    expect(await at(200, orphan, entry(3, { parentPid: base + 2, startedAt: 160 }))).toEqual([2, 3]);
  });

  it("holds what a process in the middle left behind, if it was born before that was last seen", async () => {
    const { at, tree } = world();
    const middle = entry(1, { parentPid: base, startedAt: 110 });
    const early = entry(3, { parentPid: base + 1, startedAt: 140 });
    const late = entry(4, { parentPid: base + 1, startedAt: 190 });
    expect(await at(150, entry(0), middle)).toEqual([0, 1]);
    expect(await at(200, entry(0), early, late)).toEqual([0, 3]);
    await tree.forgetEnded();
    expect(await at(210, entry(0), early, entry(5, { parentPid: base + 1, startedAt: 145 }))).toEqual([
      0, 3, 5,
    ]);
  });

  it("leaves alone who got the number of a root that ended, and the children of that one", async () => {
    const { at, rootEnds } = world();
    rootEnds();
    expect(await at(200)).toEqual([]);
    const stranger = entry(0, { startedAt: 210 });
    const child = entry(6, { parentPid: base, startedAt: 220 });
    expect(await at(300, stranger, child)).toEqual([]);
    expect(await at(400, child)).toEqual([]);
  });

  it("leaves alone an older process whose parent had the number of one of ours", async () => {
    const { at } = world();
    const ours = entry(1, { parentPid: base, startedAt: 150 });
    expect(await at(200, entry(0), ours, entry(7, { parentPid: base + 1, startedAt: 120 }))).toEqual([0, 1]);
  });

  it("tells when nobody could be asked, and kills each one by itself", async () => {
    const { at, tree, killed } = world();
    await at(200, entry(0), orphan);
    expect(await tree.signal("SIGTERM")).toBe(false);
    expect(killed).toEqual([]);
    expect(await tree.signal("SIGKILL")).toBe(true);
    expect(killed).toEqual([0, 2]);
  });

  it("holds what was born until its parent was killed, however long ago that was looked at", async () => {
    const { at, tree } = world();
    expect(await at(200, entry(0), entry(1, { parentPid: base, startedAt: 110 }))).toEqual([0, 1]);
    await tree.signal("SIGKILL");
    const born = entry(8, { parentPid: base + 1, startedAt: 290 });
    const stranger = entry(9, { parentPid: base + 1, startedAt: 311 });
    expect(await at(400, born, stranger)).toEqual([8]);
  });

  it("holds who was just being started when its parent was killed, unless another has that number by now", async () => {
    const { at, tree } = world();
    expect(await at(200, entry(0), entry(1, { parentPid: base, startedAt: 110 }))).toEqual([0, 1]);
    // Both kills take 50, so the second ends at 300.
    await tree.signal("SIGKILL");
    const heir = entry(1, { startedAt: 304 });
    const theirs = entry(8, { parentPid: base + 1, startedAt: 306 });
    expect(await at(400, heir, theirs)).toEqual([]);
    expect(await at(410, entry(9, { parentPid: base + 1, startedAt: 302 }))).toEqual([9]);
  });
});
