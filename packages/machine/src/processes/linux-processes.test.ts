import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { linuxProcesses } from "./linux-processes.js";
import { parseLinuxStat, treeIdsIn } from "./linux-stat.js";

const rest = "0 -1 4194304 122 0 0 0 12 24 0 0 20 0 1 0 260496 3133440 360";

describe("parseLinuxStat", () => {
  const names = ["cat", "a b", "x) Z 1 (y", ")", "", "two\nlines"];
  it.each(names)("reads the line of a program called %j", (name) => {
    expect(parseLinuxStat(`77 (${name}) S 5 77 60 ${rest}`)).toEqual({
      pid: 77,
      parentPid: 5,
      groupId: 77,
      sessionId: 60,
      startedAt: 260_496,
      cpuMs: 360,
      state: "running",
      name,
      isKernelThread: false,
    });
  });

  it.each([
    ["R", "running"],
    ["D", "running"],
    ["T", "suspended"],
    ["Z", "dead"],
    ["X", "dead"],
  ])("takes state %s as %s", (letter, state) => {
    expect(parseLinuxStat(`77 (cat) ${letter} 5 77 60 ${rest}`)?.state).toBe(state);
  });

  it("tells a zombie from a process whose first thread alone has ended, and knows kernel threads", () => {
    const threads = rest.replace("20 0 1 0 260496", "20 0 3 0 260496");
    expect(parseLinuxStat(`77 (cat) Z 5 77 60 ${threads}`)?.state).toBe("running");
    expect(parseLinuxStat(`9 (kworker/0:1) I 2 0 0 0 -1 69238880 ${rest.slice(15)}`)?.isKernelThread).toBe(
      true,
    );
  });

  it.each(["", "77", "77 (cat", "x (cat) S 5 77 60 0", "77 (cat) S 5"])("refuses %j", (line) => {
    expect(parseLinuxStat(line)).toBeUndefined();
  });
});

describe("treeIdsIn", () => {
  it.each([
    ["FAIRLEAD_TREE=t_1\0A=b\0", ["t_1"]],
    ["A=b\0FAIRLEAD_TREE=t_1,t_2\0", ["t_1", "t_2"]],
    ["A=b\0FAIRLEAD_TREE=t_1", ["t_1"]],
    ["MY_FAIRLEAD_TREE=t_1\0FAIRLEAD_TREE=t_2\0", ["t_2"]],
    ["A=FAIRLEAD_TREE=t_1\0", []],
    ["", []],
  ])("reads %j", (block, ids) => {
    expect(treeIdsIn(Buffer.from(block))).toEqual(ids);
  });
});

describe.skipIf(process.platform !== "linux")("linuxProcesses", () => {
  it("shows a child with its parent, start and tree ids, alone and in the table", async () => {
    const child = spawn("cat", [], { env: { ...process.env, FAIRLEAD_TREE: "t_test" } });
    const pid = child.pid ?? 0;
    // An echo says that it has been loaded: before, it may hold four pages of memory only.
    child.stdin.write("loaded");
    await once(child.stdout, "data");
    const entry = (await linuxProcesses.lookUp([pid])).get(pid);
    expect(entry).toMatchObject({ pid, parentPid: process.pid, state: "running", name: "cat" });
    expect(entry?.startedAt).toBe(linuxProcesses.startBound(pid));
    const shown = (await linuxProcesses.readTable()).get(pid);
    expect(shown).toMatchObject({ parentPid: process.pid, startedAt: entry?.startedAt });
    expect(shown?.treeIds()).toEqual(["t_test"]);
    expect(shown?.memoryBytes()).toBeGreaterThan(100 * 1_024);
    expect(shown?.memoryBytes()).toBeLessThan(64 * 1_024 * 1_024);
    expect(linuxProcesses.ageMs(shown?.startedAt ?? 0)).toBeLessThan(5_000);
    expect(linuxProcesses.ageMs(0)).toBeGreaterThan(5_000);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await linuxProcesses.lookUp([pid])).size).toBe(0);
    expect((await linuxProcesses.readTable()).has(pid)).toBe(false);
  });
});
