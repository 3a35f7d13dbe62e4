import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { ProcessEntry, ProcessSystem } from "./process-system.js";
import { createProcessTree } from "./process-tree.js";

function entry(pid: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  const base = { parentPid: 1, groupId: pid, sessionId: pid, startedAt: 100, name: `p${pid}` };
  return { pid, ...base, state: "running", treeIds: () => [], ...more };
}

/** A process table in memory; only pids that no kernel gives out, so that nothing real can be hit. */
function memorySystem(entries: readonly ProcessEntry[]): ProcessSystem {
  const table = new Map(entries.map((each) => [each.pid, each]));
  return {
    readTable: () => Promise.resolve(table),
    lookUp: (pids) => Promise.resolve(new Map([...table].filter(([pid]) => pids.includes(pid)))),
    startBound: () => 0,
    pollMs: { first: 1, most: 1 },
    blindSpots: [],
  };
}

const base = 2 ** 30;
const root = { pid: base, startedAt: 100, name: "root", hasExited: () => false };
const exitedRoot = { ...root, hasExited: () => true };

async function found(entries: readonly ProcessEntry[], from = root): Promise<number[]> {
  const tree = createProcessTree(from, "t_1", memorySystem(entries));
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
    expect(await found(entries, exitedRoot)).toEqual([2]);
  });

  it("still trusts the numbers of a root that exited while nobody else has its pid", async () => {
    expect(await found([entry(base + 1, { groupId: base })], exitedRoot)).toEqual([1]);
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
    const tree = createProcessTree(exitedRoot, "t_1", system);
    expect(await tree.look()).toBe(true);
    await tree.signal("SIGKILL");
    expect((await tree.report()).ended).toEqual([{ pid, name: `p${pid}` }]);
    const ended = once(stranger, "exit");
    stranger.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
  });
});
