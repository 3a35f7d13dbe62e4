import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { stopWindowsTree } from "./windows-stop.js";

// The way itself runs anywhere, since tree-kill does; what taskkill finds can only be seen on Windows.
function steps(child: ChildProcess, stdinGraceMs: number): Parameters<typeof stopWindowsTree> {
  let exited = false;
  const whenExited = once(child, "exit").then(() => {
    exited = true;
  });
  return [
    { pid: child.pid ?? 0, startedAt: 0, name: "child", hasExited: () => exited },
    {
      times: () => ({ stdinGraceMs, termGraceMs: 0 }),
      closeStdin: () => {
        child.stdin?.end();
        return performance.now();
      },
      destroyStdin: () => child.stdin?.destroy(),
      exited: whenExited,
    },
  ];
}

describe("stopWindowsTree", () => {
  it("closes stdin first", async () => {
    const child = spawn("cat");
    const report = await stopWindowsTree(...steps(child, 5_000));
    expect(report).toMatchObject({ ended: [{ pid: child.pid, name: "child" }], forced: [], survived: [] });
  });

  it("kills what does not go, and tells what it cannot see", async () => {
    const child = spawn("sleep", ["600"]);
    const report = await stopWindowsTree(...steps(child, 20));
    expect(report).toMatchObject({ ended: [], forced: [{ pid: child.pid }], survived: [] });
    expect(report.blindSpots).toHaveLength(1);
  });
});
