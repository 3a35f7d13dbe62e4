import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TreeEnclosure } from "./tree-enclosure.js";

/** How often, a few milliseconds apart, a folder is tried whose last process is just ending. */
const mostRemovals = 10;

/**
 * A cgroup that holds one tree, or all trees of one owner. While a child is born, this process itself moves in for that
 * moment, because Node cannot name a cgroup at the fork, and a child that is moved later may have forked before.
 */
export interface TreeCgroup extends TreeEnclosure {
  readonly path: string;
}

/** Our own cgroup, below which trees get theirs. */
export interface CgroupRoom {
  readonly path: string;
  /** Makes a cgroup below it, by a path of one or two names; undefined where that is not allowed. */
  make(name: string): TreeCgroup | undefined;
  /**
   * Makes the next moves quick. The kernel lets a process be moved only after a grace period of about ten milliseconds;
   * moving ourselves to where we are takes that time in advance, without blocking anybody.
   */
  warm(): Promise<void>;
}

/** Finds the version 2 cgroup of this process; undefined where there is none, or where it is not ours to change. */
export function openCgroupRoom(): CgroupRoom | undefined {
  const home = process.platform === "linux" ? cgroupOf(process.pid) : undefined;
  const mount = home === undefined ? undefined : findMount();
  if (home === undefined || mount === undefined) return undefined;
  const path = join(mount, home);
  // In a container the two need not fit together: only a cgroup that shows us is ours.
  if (read(join(path, "cgroup.procs"))?.split("\n").includes(String(process.pid)) !== true) return undefined;
  return {
    path,
    make: (name) => {
      const made = join(path, name);
      return attempt(() => mkdirSync(made)) ? openCgroup(made, { path, name: home }) : undefined;
    },
    warm: () => writeFile(join(path, "cgroup.procs"), String(process.pid)).catch(ignore),
  };
}

/** Where this process lives: the folder, and what /proc calls it. */
interface CgroupHome {
  readonly path: string;
  readonly name: string;
}

/**
 * Opens a cgroup by its folder; one that does not exist is empty.
 * @param home from where processes may be fetched, and to where we return; unset: neither happens
 */
export function openCgroup(path: string, home?: CgroupHome): TreeCgroup {
  const add = (pid: number): boolean => move(pid, path);
  return {
    path,
    pids: () => pidsBelow(path),
    add,
    fetch: (pid) => {
      if (home !== undefined && cgroupOf(pid) === home.name) add(pid);
    },
    enclose: (fork) => {
      if (home === undefined || !add(process.pid)) return { made: fork(), isInside: false };
      try {
        return { made: fork(), isInside: true };
      } finally {
        move(process.pid, home.path);
      }
    },
    kill: () => {
      if (!pidsBelow(path).includes(process.pid))
        attempt(() => writeFileSync(join(path, "cgroup.kill"), "1"));
    },
    remove: async () => {
      for (let count = 0; count < mostRemovals && !removeBelow(path); count += 1) await delay(5);
    },
  };
}

function move(pid: number, path: string): boolean {
  return attempt(() => writeFileSync(join(path, "cgroup.procs"), String(pid)));
}

function findMount(): string | undefined {
  const mounts = (read("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
  return mounts.find(([, , kind]) => kind === "cgroup2")?.[1];
}

/** The path of a process's version 2 cgroup, as /proc tells it. */
function cgroupOf(pid: number): string | undefined {
  return /^0::(.*)$/m.exec(read(`/proc/${pid}/cgroup`) ?? "")?.[1];
}

function pidsBelow(path: string): number[] {
  const own = (read(join(path, "cgroup.procs")) ?? "").split("\n").map(Number);
  // Zero stands for a process of another container.
  return [...own.filter((pid) => pid > 0), ...foldersIn(path).flatMap(pidsBelow)];
}

function removeBelow(path: string): boolean {
  for (const folder of foldersIn(path)) removeBelow(folder);
  return attempt(() => rmdirSync(path)) || read(join(path, "cgroup.procs")) === undefined;
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {
  // Where it is not allowed, moving is not either, and that is told by `add`.
}
