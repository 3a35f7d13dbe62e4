import { describe, expect, it } from "vitest";
import { type MemoryProcess, type MemoryWindows, memoryWindows } from "../fixtures/memory-windows.js";
import type { TreeEnclosure } from "../trees/tree-enclosure.js";
import { openJob } from "./job.js";

/** 2026-11-22 00:00:00 UTC, as Windows counts. */
const midnight = 134_397_792_000_000_000n;

function process(pid: number, parentPid: number): MemoryProcess {
  // The higher the number, the younger.
  return { pid, parentPid, startTicks: midnight + BigInt(pid) * 10n, name: `p${pid}.exe` };
}

function jobIn({ calls }: MemoryWindows): TreeEnclosure {
  const job = openJob(calls);
  if (job === undefined) throw new Error("A Windows in memory makes jobs");
  return job;
}

describe("a job", () => {
  it("takes in a process with those that it started before, and nobody who only seems to be its child", () => {
    const windows = memoryWindows(
      process(100, 4),
      process(104, 100),
      process(108, 104),
      process(96, 100),
      process(112, 4),
    );
    const job = jobIn(windows);
    expect(job.add(100)).toBe(true);
    expect(job.pids()).toEqual([100, 104, 108]);
    expect(windows.openHandles.size).toBe(1);
  });

  it("tells when a process is gone already", () => {
    expect(jobIn(memoryWindows()).add(100)).toBe(false);
  });

  it("shows everybody, however many there are", () => {
    const many = Array.from({ length: 500 }, (_, index) => process(100 + index * 4, 100));
    const job = jobIn(memoryWindows(...many));
    job.add(100);
    expect(job.pids()).toHaveLength(500);
  });

  it("kills at one blow, and is closed only when nobody is left in it", async () => {
    const windows = memoryWindows(process(100, 4), process(104, 100), process(112, 4));
    const job = jobIn(windows);
    job.add(100);
    await job.remove();
    expect(job.pids()).toEqual([100, 104]);
    job.kill();
    expect([...windows.processes.keys()]).toEqual([112]);
    await job.remove();
    expect(windows.openHandles.size).toBe(0);
    expect([job.pids(), job.add(112)]).toEqual([[], false]);
  });
});
