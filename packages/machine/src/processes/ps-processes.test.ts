import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { isAlive } from "../fixtures/launched.js";
import { createProcessTree } from "./process-tree.js";
import { parsePs, psProcesses } from "./ps-processes.js";

const hasPs = spawnSync("ps", ["-o", "pid=", "-p", String(process.pid)]).status === 0;

describe("parsePs", () => {
  it("reads what macOS prints", () => {
    const table = parsePs(
      [
        "    1     0     1   9876   1:02.03 Ss   Mon Jan  5 08:00:00 2026     /sbin/launchd",
        "  502     1   502      0 1:02:03 Z+   Mon Jan  5 09:01:02 2026     (node)",
        "  503   502   502  12345 2-03:04:05 T    Tue Jan 13 09:01:02 2026     /Applications/My App.app/Contents/MacOS/My App",
        "garbage",
      ].join("\n"),
    );
    expect([...table.values()].map((entry) => entry.memoryBytes())).toEqual([
      9_876 * 1_024,
      0,
      12_345 * 1_024,
    ]);
    expect([...table.values()].map(({ cpuMs }) => cpuMs)).toEqual([62_030, 3_723_000, 183_845_000]);
    expect([...table.values()]).toMatchObject([
      { pid: 1, parentPid: 0, groupId: 1, state: "running", name: "launchd" },
      { pid: 502, state: "dead", startedAt: Date.UTC(2026, 0, 5, 9, 1, 2) },
      { pid: 503, parentPid: 502, groupId: 502, state: "suspended", name: "My App" },
    ]);
  });
});

describe.skipIf(!hasPs)("psProcesses", () => {
  it("lets a tree be followed and ended by group and parent links alone", async () => {
    const child = spawn("sh", ["-c", "sleep 600 & setsid sleep 600 & echo ready; wait"], { detached: true });
    await once(child.stdout, "data");
    let exited = false;
    const whenExited = once(child, "exit").then(() => {
      exited = true;
    });
    const pid = child.pid ?? 0;
    const root = { pid, name: "sh", startedAt: psProcesses.startBound(pid), hasExited: () => exited };
    const tree = createProcessTree({
      system: psProcesses,
      roots: [root],
      trust: "child",
      treeIds: ["t_none"],
      notBefore: root.startedAt,
    });
    expect(await tree.look()).toBe(true);
    expect(await tree.isGone()).toBe(false);
    await tree.signal("SIGKILL");
    await whenExited;
    await expect.poll(() => tree.isGone(), { timeout: 2_000 }).toBe(true);
    const report = await tree.report();
    // A name is what ps saw last, and a process may not have become its program yet.
    expect(report.forced).toHaveLength(3);
    expect(report.forced.map(({ name }) => name)).toContain("sh");
    expect(report.blindSpots).toHaveLength(1);
    expect(report.forced.filter((ended) => isAlive(ended.pid))).toEqual([]);
  });
});
