import { describe, expect, it } from "vitest";
import { type MemoryProcess, memoryWindows } from "../fixtures/memory-windows.js";
import { createWindowsProcesses } from "./windows-processes.js";

/** 2026-11-22 00:00:00 UTC, as Windows counts. */
const midnight = 134_397_792_000_000_000n;
const midnightMicroseconds = Date.UTC(2026, 10, 22) * 1_000;

function process(pid: number, more: Partial<MemoryProcess> = {}): MemoryProcess {
  return { pid, parentPid: 4, startTicks: midnight, name: `p${pid}.exe`, ...more };
}

describe("the processes of Windows", () => {
  it("are read with all that the engine asks for", async () => {
    const { calls } = memoryWindows(
      process(0, { name: "" }),
      process(4, { name: "System", parentPid: 0 }),
      process(808, { memoryBytes: 5_000_000_000, cpuTicks: 12_345_678n, startTicks: midnight + 17n }),
      process(812, { parentPid: 808, name: "ünïcode 日本.exe" }),
      process(816, { threadCount: 0 }),
    );
    const table = await createWindowsProcesses(calls).readTable();
    expect(
      [...table.values()].map((each) => ({ ...each, memoryBytes: each.memoryBytes(), treeIds: [] })),
    ).toEqual(
      [
        { pid: 4, name: "System", parentPid: 0, groupId: 4 },
        {
          pid: 808,
          name: "p808.exe",
          parentPid: 4,
          groupId: 808,
          memoryBytes: 5_000_000_000,
          cpuMs: 1_234,
          startedAt: midnightMicroseconds + 1,
        },
        { pid: 812, name: "ünïcode 日本.exe", parentPid: 808, groupId: 812 },
        { pid: 816, name: "p816.exe", parentPid: 4, groupId: 816, state: "dead" },
      ].map((each) => ({
        sessionId: undefined,
        startedAt: midnightMicroseconds,
        cpuMs: 0,
        state: "running",
        treeIds: [],
        memoryBytes: 0,
        ...each,
      })),
    );
  });

  it("are read whole, however many there are", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => process(8 + index * 4));
    const system = createWindowsProcesses(memoryWindows(...many).calls);
    expect((await system.readTable()).size).toBe(3_000);
    expect([...(await system.lookUp([8, 12, 13])).keys()]).toEqual([8, 12]);
    expect(system.startBound(12)).toBe(midnightMicroseconds);
  });

  it("are killed only while the number is still theirs", async () => {
    const { calls, processes, openHandles } = memoryWindows(process(808), process(812));
    const system = createWindowsProcesses(calls);
    const table = await system.readTable();
    processes.set(812, process(812, { startTicks: midnight + 20_000_000n }));
    const kill = (pid: number): boolean | undefined => {
      const entry = table.get(pid);
      return entry === undefined ? undefined : system.signals?.one(entry, "SIGKILL");
    };
    expect([kill(808), kill(812), kill(808)]).toEqual([true, false, false]);
    expect([...processes.keys()]).toEqual([812]);
    expect(openHandles.size).toBe(0);
  });
});
