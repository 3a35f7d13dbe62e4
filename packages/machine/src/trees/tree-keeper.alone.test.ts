import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchSpec } from "@fairlead/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, type Launched, launched } from "../fixtures/launched.js";
import { listJournaledTrees } from "./list-trees.js";
import { openTreeKeeper, type TreeKeeper } from "./tree-keeper.js";
import { watchdogProgram } from "./watchdog-program.js";

let stateDir = "";
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "fairlead-keeper-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const script = "sleep 600 & echo ready; cat; kill $!";
const quick = { stdinGraceMs: 100, termGraceMs: 100 };

async function launch(keeper: TreeKeeper, more: Partial<LaunchSpec> = {}): Promise<Launched> {
  const spec = { program: "sh", args: ["-c", script], stopTimes: quick, ...more };
  const child = await launched(spec, { keeper });
  await child.says("ready");
  return child;
}

function journals(): readonly string[] {
  const folder = join(stateDir, "run/trees");
  return existsSync(folder)
    ? readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))
    : [];
}

function foldersIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
}

function children(): readonly number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

if (!existsSync(watchdogProgram)) throw new Error(`Build first: ${watchdogProgram} is missing`);

describe.skipIf(process.platform !== "linux")("a tree keeper", () => {
  it("notes each tree at its launch and forgets it at its end", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    expect(journals()).toEqual([]);
    await using child = await launch(keeper, { labels: { server: "files" } });
    const [text = ""] = journals();
    expect(text).toMatch(`"pid":${process.pid},`);
    expect(text).toMatch(`"pid":${child.process.pid},`);
    expect(text).toMatch('"program":"sh","labels":{"server":"files"}');
    // Neither arguments nor environment.
    expect(text).not.toMatch(/sleep|TEST_MARK|mark-/);
    expect(await listJournaledTrees(stateDir)).toHaveLength(1);
    await child.process.stop();
    expect(await listJournaledTrees(stateDir)).toEqual([]);
    await keeper.close();
    expect(journals()).toEqual([]);
  });

  it("marks every process with the owner and the tree, behind what is around us", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    const env = { ...process.env, FAIRLEAD_TREE: "t_outer" };
    const spec = { program: "sh", args: ["-c", 'echo "$FAIRLEAD_TREE"; cat'] };
    await using one = await launched(spec, { keeper, env });
    await using two = await launched(spec, { keeper, env });
    await Promise.all([one.says("\n"), two.says("\n")]);
    const [first = [], second = []] = [one, two].map((child) => child.text().trim().split(","));
    expect(first).toEqual(["t_outer", expect.stringMatching(/^o_/), expect.stringMatching(/^t_/)]);
    expect(second.slice(0, 2)).toEqual(first.slice(0, 2));
    expect(second[2]).not.toBe(first[2]);
  });

  it("tells who lives in a tree, with memory and age, the root first", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    await using child = await launch(keeper, { labels: { server: "files" } });
    const { pid } = child.process;
    const names = async (): Promise<readonly string[]> =>
      (await child.process.readTree())
        .map(({ name }) => name)
        .toSorted((one, other) => one.localeCompare(other));
    // Between its fork and its exec a process bears its parent's name.
    await expect.poll(names).toEqual(["cat", "sh", "sleep"]);
    const tree = await child.process.readTree();
    expect(tree[0]).toMatchObject({ pid, parentPid: process.pid, name: "sh" });
    expect(tree.slice(1).map(({ parentPid }) => parentPid)).toEqual([pid, pid]);
    for (const { memoryBytes, ageMs } of tree) {
      expect(memoryBytes).toBeGreaterThan(100_000);
      expect(ageMs).toBeLessThan(10_000);
    }
    const [listed] = await listJournaledTrees(stateDir);
    expect(listed).toMatchObject({
      ownerPid: process.pid,
      rootPid: pid,
      program: "sh",
      labels: { server: "files" },
    });
    expect(listed?.processes.map((each) => each.pid)).toEqual(tree.map((each) => each.pid));
    await child.process.stop();
    expect(await child.process.readTree()).toEqual([]);
  });

  it("leaves out of a stop's report what had ended before, also if it was seen", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    await using child = await launch(keeper, { args: ["-c", "sleep 600 & echo $! ready; wait; exec cat"] });
    const early = Number(child.text().split(" ")[0]);
    await expect.poll(async () => (await child.process.readTree()).length).toBe(2);
    process.kill(early, "SIGKILL");
    await expect.poll(() => isAlive(early)).toBe(false);
    const { ended, forced } = await child.process.stop();
    expect([...ended, ...forced].map(({ pid }) => pid)).toEqual([child.process.pid]);
  });

  it("starts one watchdog at the first launch, and lets it go at the end", async () => {
    const before = children();
    const keeper = await openTreeKeeper({ stateDir });
    expect(children()).toEqual(before);
    const trees = await Promise.all([launch(keeper), launch(keeper), launch(keeper)]);
    const roots = new Set(trees.map(({ process: { pid } }) => pid));
    const added = children().filter((pid) => !before.includes(pid) && !roots.has(pid));
    expect(added).toHaveLength(1);
    await Promise.all(trees.map((tree) => tree.process.stop()));
    await keeper.close();
    expect(isAlive(added[0] ?? 0)).toBe(false);
  });

  it("starts the watchdog when it is warmed up, so that the first launch finds it ready", async () => {
    const before = children();
    const added = (): readonly number[] => children().filter((pid) => !before.includes(pid));
    const keeper = await openTreeKeeper({ stateDir });
    keeper.warmUp();
    keeper.warmUp();
    await expect.poll(added).toHaveLength(1);
    const [watchdog] = added();
    await using child = await launch(keeper);
    expect(new Set(added())).toEqual(new Set([watchdog, child.process.pid]));
    await keeper.close();
    keeper.warmUp();
    expect(isAlive(watchdog ?? 0)).toBe(false);
  });

  it("leaves no watchdog when it is closed while it warms up", async () => {
    const before = children();
    const keeper = await openTreeKeeper({ stateDir });
    keeper.warmUp();
    await keeper.close();
    expect(children()).toEqual(before);
    await expect(launch(keeper)).rejects.toMatchObject({ reason: "executor_draining" });
    expect(children()).toEqual(before);
    expect(journals()).toEqual([]);
  });

  it("notes what a root that ended by itself left behind", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    const script = "env -i sleep 600 >/dev/null 2>&1 & echo $! ready";
    await using child = await launch(keeper, { args: ["-c", script] });
    const left = Number(child.text().split(" ")[0]);
    await child.process.exited;
    const note = new RegExp(`"pid":${child.process.pid},.*"left":\\[\\{"pid":${left},"startedAt":\\d+\\}\\]`);
    await expect.poll(() => journals()[0]).toMatch(note);
    await child.process.stop();
    expect(isAlive(left)).toBe(false);
  });

  it("does not let a child outlive its close that nobody has noted yet", async () => {
    const keeper = await openTreeKeeper({ stateDir });
    const tree = await keeper.prepare({ program: "sleep", labels: {} });
    const env = { PATH: process.env["PATH"], FAIRLEAD_TREE: tree.cookie };
    const child = tree.spawning(() => spawn("sleep", ["600"], { env, detached: true, stdio: "ignore" }));
    const exited = once(child, "exit");
    await keeper.close();
    expect(isAlive(child.pid ?? 0)).toBe(false);
    await exited;
  });

  it("starts nothing for a launch that its close overtook", async () => {
    const keeper = await openTreeKeeper({ stateDir });
    const tree = await keeper.prepare({ program: "sleep", labels: {} });
    await keeper.close();
    const spawnIt = (): unknown => tree.spawning(() => spawn("sleep", ["600"]));
    expect(spawnIt).toThrow(expect.objectContaining({ reason: "executor_draining", effect: "none" }));
    await tree.abandon();
  });

  it("ends at its close what nobody stopped, and starts nothing after it", async () => {
    const keeper = await openTreeKeeper({ stateDir });
    const child = await launch(keeper, { args: ["-c", `trap '' TERM; ${script}`] });
    await keeper.close();
    expect(isAlive(child.process.pid)).toBe(false);
    expect(journals()).toEqual([]);
    await expect(launch(keeper)).rejects.toMatchObject({ reason: "executor_draining", effect: "none" });
    await child[Symbol.asyncDispose]();
  });

  it("leaves nothing of a launch that failed", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    await using _child = await launch(keeper);
    const [before = ""] = journals();
    const broken = join(stateDir, "broken");
    writeFileSync(broken, "#!/no/such/interpreter\n");
    chmodSync(broken, 0o755);
    await expect(launched({ program: broken, args: [] }, { keeper })).rejects.toMatchObject({
      reason: "program_not_executable",
    });
    expect(journals()).toEqual([before]);
    // Where cgroups can be made, there is one for the tree that runs and none for the other.
    const cgroup = /"cgroupPath":"([^"]+)"/.exec(before)?.[1] ?? "/nonexistent";
    const folders = foldersIn(cgroup);
    expect(folders).toEqual(folders.slice(0, 1));
  });

  it("ends a double fork with an empty environment where cgroups can be made, or says that it cannot look", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    await using child = await launch(keeper, {
      args: ["-c", "env -i setsid sh -c '(sleep 600 & echo $!)'; echo ready; cat"],
    });
    const hidden = Number(child.text().split("\n")[0]);
    expect(isAlive(hidden)).toBe(true);
    const { blindSpots, ended, forced } = await child.process.stop();
    if (blindSpots.length > 0) {
      process.kill(hidden, "SIGKILL");
      return;
    }
    expect([...ended, ...forced].map(({ pid }) => pid)).toContain(hidden);
    expect(isAlive(hidden)).toBe(false);
  });
});
