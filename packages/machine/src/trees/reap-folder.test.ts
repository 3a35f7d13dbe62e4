import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createId } from "@fairlead/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../fixtures/launched.js";
import { linuxProcesses as system } from "../processes/linux-processes.js";
import { journalPath } from "./journal.js";
import { formatOwner, formatTree, type JournaledTree } from "./journal-text.js";
import { readSelf, type TreeOwner } from "./owner.js";
import { reapTrees } from "./reap.js";
import { type Reaper, reapFolder } from "./reap-folder.js";

let folder = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-reap-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true });
});

/** Starts something that lives; it leads a group as every root does. */
function start(cookie?: string): number {
  const child = spawn("sleep", ["600"], {
    detached: true,
    stdio: "ignore",
    env: cookie === undefined ? {} : { FAIRLEAD_TREE: cookie },
  });
  children.push(child);
  return child.pid ?? 0;
}

/** The pid of a process that has ended. */
async function goneProcess(): Promise<{ readonly pid: number; readonly startedAt: number }> {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const startedAt = system.startBound(pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  return { pid, startedAt };
}

async function reaper(more: Partial<Reaper> = {}): Promise<Reaper> {
  return { ...(await readSelf(system)), system, outerIds: [], ...more };
}

async function deadOwner(more: Partial<TreeOwner> = {}): Promise<TreeOwner> {
  const self = await readSelf(system);
  return { ...self, ...(await goneProcess()), ownerId: createId("o"), cgroupPath: undefined, ...more };
}

function treeOf(pid: number, more: Partial<JournaledTree> = {}): JournaledTree {
  const startedAt = system.startBound(pid);
  return { treeId: createId("t"), pid, startedAt, startedAtMs: 0, program: "sleep", labels: {}, ...more };
}

function note(owner: TreeOwner, trees: readonly JournaledTree[], claim = ""): string {
  const path = `${journalPath(folder, owner.ownerId)}${claim}`;
  writeFileSync(path, [formatOwner(owner), ...trees.map(formatTree)].join(""));
  return path;
}

const nothing = { ended: [], forced: [], survived: [] };

describe.skipIf(process.platform !== "linux")("reapFolder", () => {
  it("finds nothing in a folder that does not exist", async () => {
    expect(await reapFolder(join(folder, "none"), await reaper())).toMatchObject(nothing);
  });

  it("ends what carries the id of a dead owner, noted or not, and removes the journal", async () => {
    const owner = await deadOwner();
    const [noted, unnoted] = [start(`${owner.ownerId},t_1`), start(`o_outer,${owner.ownerId},t_2`)];
    const [other] = [start("o_other,t_1")];
    note(owner, [treeOf(noted, { treeId: "t_1" })]);
    const report = await reapFolder(folder, await reaper());
    expect(new Set(report.ended.map(({ pid }) => pid))).toEqual(new Set([noted, unnoted]));
    expect(report).toMatchObject({ forced: [], survived: [] });
    expect([noted, unnoted, other].map((pid) => isAlive(pid))).toEqual([false, false, true]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("finds a recorded root that lost its mark by pid and start time", async () => {
    const root = start();
    note(await deadOwner(), [treeOf(root)]);
    expect((await reapFolder(folder, await reaper())).ended).toEqual([{ pid: root, name: "sleep" }]);
    expect(isAlive(root)).toBe(false);
  });

  it("never touches an innocent process that has the pid of a recorded root by now", async () => {
    const innocent = start();
    const { startedAt } = treeOf(innocent);
    note(await deadOwner(), [treeOf(innocent, { startedAt: startedAt - 1 })]);
    note(await deadOwner(), [treeOf(innocent, { startedAt: startedAt + 1 })]);
    note(await deadOwner(), [treeOf(innocent, { startedAt: 0 })]);
    expect(await reapFolder(folder, await reaper())).toMatchObject(nothing);
    expect(isAlive(innocent)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("kills nothing of another boot, however well the numbers fit", async () => {
    const innocent = start();
    note(await deadOwner({ bootId: "another" }), [treeOf(innocent)]);
    expect(await reapFolder(folder, await reaper())).toMatchObject(nothing);
    expect(isAlive(innocent)).toBe(true);
  });

  it("does not delete the journal of an owner on another machine of the same name and home, until it is very old", async () => {
    const path = note(await deadOwner({ bootId: "another" }), []);
    await reapFolder(folder, await reaper());
    expect(readdirSync(folder)).toHaveLength(1);
    const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
    utimesSync(path, longAgo, longAgo);
    await reapFolder(folder, await reaper());
    expect(readdirSync(folder)).toEqual([]);
  });

  it("ends what a root left behind when it ended, by pid and start time", async () => {
    const [left, innocent] = [start(), start()];
    const notes = [left, innocent].map((pid) => ({ pid, startedAt: system.startBound(pid) }));
    const [first, second] = notes.map((each, index) => ({ ...each, startedAt: each.startedAt + index }));
    const gone = await goneProcess();
    note(await deadOwner(), [
      treeOf(gone.pid, { ...gone, left: [first, second].flatMap((each) => each ?? []) }),
    ]);
    expect((await reapFolder(folder, await reaper())).ended).toEqual([{ pid: left, name: "sleep" }]);
    expect(isAlive(innocent)).toBe(true);
  });

  it.each([
    ["ends", "had not ended before its owner did", undefined],
    ["leaves alone", "had ended before, leaving nothing", []],
  ])("%s, just after an owner's death, a group without a leader whose root %s", async (what, _, left) => {
    const owner = await deadOwner();
    const leader = spawn("sh", ["-c", "sleep 600 & echo $!"], {
      detached: true,
      env: { PATH: "/bin:/usr/bin" },
    });
    const startedAt = system.startBound(leader.pid ?? 0);
    leader.stdout.destroy();
    await once(leader, "exit");
    const member = [...(await system.readTable()).values()].find(
      ({ groupId }) => groupId === leader.pid,
    )?.pid;
    const tree = treeOf(leader.pid ?? 0, { startedAt, left });
    await reapTrees({ owner, trees: [tree] }, { system, trust: "orphan" });
    const survives = isAlive(member ?? 0);
    if (survives) process.kill(member ?? 0, "SIGKILL");
    expect([member === undefined, survives]).toEqual([false, what === "leaves alone"]);
  });

  it("leaves the trees of a living owner alone", async () => {
    const owner = { ...(await readSelf(system)), ownerId: createId("o"), cgroupPath: undefined };
    const pid = start(`${owner.ownerId},t_1`);
    note(owner, [treeOf(pid)]);
    expect(await reapFolder(folder, await reaper())).toMatchObject(nothing);
    expect(isAlive(pid)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("keeps journals that it cannot judge until they are very old", async () => {
    const foreign = note(await deadOwner({ pidNamespace: "pid:[1]" }), []);
    const strange = journalPath(folder, createId("o"));
    writeFileSync(strange, '{"format":"fairlead-trees-9"}\n');
    writeFileSync(join(folder, "notes.txt"), "mine");
    await reapFolder(folder, await reaper());
    expect(readdirSync(folder)).toHaveLength(3);
    const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
    for (const path of [foreign, strange]) utimesSync(path, longAgo, longAgo);
    await reapFolder(folder, await reaper());
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
  });

  it("does not saw off the branch that it sits on", async () => {
    const owner = await deadOwner();
    const pid = start(`${owner.ownerId},t_1`);
    note(owner, [treeOf(pid)]);
    expect(await reapFolder(folder, await reaper({ outerIds: [owner.ownerId] }))).toMatchObject(nothing);
    expect(isAlive(pid)).toBe(true);
  });

  it("lets only one of many starters report the same end", async () => {
    const owner = await deadOwner();
    const pid = start(`${owner.ownerId},t_1`);
    note(owner, [treeOf(pid)]);
    const self = await reaper();
    const reports = await Promise.all(
      Array.from({ length: 8 }, (_, index) => reapFolder(folder, { ...self, pid: self.pid + index })),
    );
    expect(reports.flatMap(({ ended }) => ended)).toEqual([{ pid, name: "sleep" }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes over from a reaper that died at it, but not from one that is at it", async () => {
    const owner = await deadOwner();
    const pid = start(`${owner.ownerId},t_1`);
    const busy = start();
    const path = note(owner, [treeOf(pid)], `.claim-${busy}-${system.startBound(busy)}`);
    expect(await reapFolder(folder, await reaper())).toMatchObject(nothing);
    expect(isAlive(pid)).toBe(true);
    rmSync(path);
    const { pid: gone, startedAt } = await goneProcess();
    note(owner, [treeOf(pid)], `.claim-${gone}-${startedAt}`);
    expect((await reapFolder(folder, await reaper())).ended).toEqual([{ pid, name: "sleep" }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("reaps by a journal that was just being written anew, and removes both", async () => {
    const owner = await deadOwner();
    const pid = start(`${owner.ownerId},t_1`);
    note(owner, []);
    note(owner, [treeOf(pid)], ".new");
    await reapFolder(folder, await reaper());
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("never takes a folder for a cgroup that does not bear the owner's name", async () => {
    const fake = join(folder, "cgroup");
    mkdirSync(fake);
    const innocent = start();
    writeFileSync(join(fake, "cgroup.procs"), `${innocent}\n`);
    note(await deadOwner({ cgroupPath: fake }), []);
    expect(await reapFolder(folder, await reaper())).toMatchObject(nothing);
    expect(isAlive(innocent)).toBe(true);
    expect(readdirSync(folder)).toEqual(["cgroup"]);
  });
});
