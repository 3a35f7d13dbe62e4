import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { TreeEnclosure } from "../trees/tree-enclosure.js";
import type { ProcessEntry, ProcessSystem } from "./process-system.js";
import { createProcessTree, type TreeOptions } from "./process-tree.js";

function entry(pid: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  const base = { parentPid: 1, groupId: pid, sessionId: pid, startedAt: 100, name: `p${pid}` };
  return { pid, ...base, state: "running", treeIds: () => [], memoryBytes: () => 0, ...more };
}

/** A process table in memory; only pids that no kernel gives out, so that nothing real can be hit. */
function memorySystem(entries: readonly ProcessEntry[]): ProcessSystem {
  const table = new Map(entries.map((each) => [each.pid, each]));
  return {
    readTable: () => Promise.resolve(table),
    lookUp: (pids) => Promise.resolve(new Map([...table].filter(([pid]) => pids.includes(pid)))),
    startBound: () => 0,
    isSameStart: (noted, seen) => noted === seen,
    ageMs: () => 0,
    pollMs: { first: 1, most: 1 },
    blindSpots: [],
  };
}

function memoryEnclosure(pids: readonly number[]): TreeEnclosure & { readonly fetched: number[] } {
  const fetched: number[] = [];
  return {
    fetched,
    pids: () => pids,
    add: () => true,
    enclose: (fork) => ({ made: fork(), isInside: true }),
    fetch: (pid) => void fetched.push(pid),
    kill: () => {},
    remove: () => Promise.resolve(),
  };
}

const base = 2 ** 30;
const root = { pid: base, startedAt: 100, name: "root", hasExited: () => false };
const exitedRoot = { ...root, hasExited: () => true };

function search(more: Partial<TreeOptions> = {}): Omit<TreeOptions, "system"> {
  return { roots: [root], trust: "child", treeIds: ["t_1"], notBefore: 100, ...more };
}

async function found(entries: readonly ProcessEntry[], more: Partial<TreeOptions> = {}): Promise<number[]> {
  const tree = createProcessTree({ ...search(more), system: memorySystem(entries) });
  await tree.look();
  return (await tree.report()).survived.map(({ pid }) => pid - base);
}

describe("a process tree", () => {
  it("holds the group, the session, the children of these, and whoever carries its id", async () => {
    const entries = [
      entry(base),
      entry(base + 1, { groupId: base }),
      entry(base + 2, { sessionId: base }),
      entry(base + 3, { parentPid: base + 2 }),
      entry(base + 4, { parentPid: base + 3 }),
      entry(base + 5, { treeIds: () => ["t_0", "t_1"] }),
      entry(base + 6, { parentPid: base + 5 }),
      entry(base + 7, { treeIds: () => ["t_2"] }),
      entry(base + 8),
    ];
    expect(await found(entries)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("does not count zombies, nor what is older than its root", async () => {
    const entries = [
      entry(base),
      entry(base + 1, { groupId: base, state: "dead" }),
      entry(base + 2, { groupId: base, startedAt: 99 }),
    ];
    expect(await found(entries)).toEqual([0]);
  });

  it("keeps away from strangers who got the numbers of a root that exited", async () => {
    const entries = [
      entry(base, { startedAt: 500 }),
      entry(base + 1, { groupId: base, sessionId: base, startedAt: 501 }),
      entry(base + 2, { treeIds: () => ["t_1"] }),
    ];
    expect(await found(entries, { roots: [exitedRoot] })).toEqual([2]);
  });

  it("still trusts the numbers of a root that exited while nobody else has its pid", async () => {
    expect(await found([entry(base + 1, { groupId: base })], { roots: [exitedRoot] })).toEqual([1]);
  });

  it("trusts the numbers of an orphaned root for the moment that nobody can have got them", async () => {
    const left = [entry(base + 1, { groupId: base }), entry(base + 2, { sessionId: base })];
    expect(await found(left, { roots: [exitedRoot], trust: "orphan" })).toEqual([1, 2]);
    expect(await found([entry(base, { startedAt: 500 }), ...left], { roots: [exitedRoot], trust: "orphan" }))
      // The stranger who has the pid leads these by now.
      .toEqual([]);
  });

  it("trusts the numbers of a root that ended long ago only where a mark or the enclosure proves them", async () => {
    const old = { roots: [exitedRoot], trust: "stranger" } as const;
    const unmarked = entry(base + 1, { groupId: base });
    expect(await found([unmarked], old)).toEqual([]);
    expect(await found([unmarked, entry(base + 2, { groupId: base, treeIds: () => ["t_1"] })], old)).toEqual([
      1, 2,
    ]);
    const enclosure = memoryEnclosure([base + 3]);
    expect(await found([unmarked, entry(base + 3, { sessionId: base })], { ...old, enclosure })).toEqual([
      1, 3,
    ]);
    expect(await found([entry(base), unmarked], { roots: [root], trust: "stranger" })).toEqual([0, 1]);
  });

  it("holds whoever is in its enclosure, and fetches those who are not", async () => {
    const enclosure = memoryEnclosure([base + 1]);
    const entries = [entry(base), entry(base + 1), entry(base + 2, { parentPid: base + 1 }), entry(base + 3)];
    expect(await found(entries, { enclosure })).toEqual([0, 1, 2]);
    expect(enclosure.fetched).toEqual([base + 2]);
  });

  it("holds whoever is in its enclosure though the clock was put back since its root was started", async () => {
    const enclosure = memoryEnclosure([base, base + 1]);
    const entries = [entry(base), entry(base + 1, { startedAt: 60 }), entry(base + 2, { startedAt: 60 })];
    expect(await found(entries, { enclosure })).toEqual([0, 1]);
  });

  it("does not take an older process for one of its enclosure that was started since with the same number", async () => {
    let reads = 0;
    const before = memorySystem([entry(base), entry(base + 1, { startedAt: 60 })]);
    const later = memorySystem([entry(base)]);
    const system = {
      ...later,
      readTable: () => before.readTable(),
    };
    const enclosure = { ...memoryEnclosure([]), pids: () => (reads++ === 0 ? [base, base + 1] : [base]) };
    const tree = createProcessTree({ ...search({ enclosure }), system });
    await tree.look();
    expect((await tree.report()).survived.map(({ pid }) => pid - base)).toEqual([0]);
  });

  it("tells what could not be looked for unless an enclosure holds it", async () => {
    const system = { ...memorySystem([]), blindSpots: ["dark"] };
    expect((await createProcessTree({ ...search(), system }).report()).blindSpots).toEqual(["dark"]);
    const held = createProcessTree({ ...search(), system, enclosure: memoryEnclosure([]) });
    expect((await held.report()).blindSpots).toEqual([]);
  });

  it("does not report the end of what it was told to forget", async () => {
    const tree = createProcessTree({ ...search({ roots: [exitedRoot] }), system: memorySystem([]) });
    const running = createProcessTree({ ...search(), system: memorySystem([]) });
    await running.forgetEnded();
    expect([await tree.report(), await running.report()]).toMatchObject([{ ended: [] }, { ended: [] }]);
  });

  it("shows the root first", async () => {
    const entries = [entry(base - 1, { treeIds: () => ["t_1"] }), entry(base)];
    const tree = createProcessTree({ ...search(), system: memorySystem(entries) });
    await tree.look();
    expect(tree.living().map(({ pid }) => pid - base)).toEqual([0, -1]);
  });

  it("never signals a pid that another process has by now", async () => {
    const stranger = spawn("sleep", ["600"]);
    const pid = stranger.pid ?? 0;
    const table = new Map([[pid, entry(pid, { treeIds: () => ["t_1"] })]]);
    const system = {
      ...memorySystem([]),
      readTable: () => Promise.resolve(table),
      lookUp: () => Promise.resolve(new Map([[pid, entry(pid, { startedAt: 101 })]])),
    };
    const tree = createProcessTree({ ...search({ roots: [exitedRoot] }), system });
    expect(await tree.look()).toBe(true);
    await tree.signal("SIGKILL");
    expect((await tree.report()).ended).toEqual([{ pid, name: `p${pid}` }]);
    const ended = once(stranger, "exit");
    stranger.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
  });
});
