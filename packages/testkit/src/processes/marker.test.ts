import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { spawnRawClient } from "../client/raw-client.js";
import { createMarker, processesWithMarker, waitUntilGone } from "./marker.js";
import { canCountProcesses, openFileCount, processesMatching } from "./process-table.js";

const idle = "setInterval(() => {}, 1000); console.log('{}')";

describe.runIf(canCountProcesses())("counting processes", () => {
  test("finds a marker in arguments and in the environment", async () => {
    const [inArguments, inEnvironment] = [createMarker(), createMarker()];
    await using client = await spawnRawClient([process.execPath, "-e", idle, inArguments], {
      env: { MARK: `x-${inEnvironment}-y` },
    });
    await client.nextMessage(() => true);
    for (const marker of [inArguments, inEnvironment]) {
      expect(processesWithMarker(marker)).toMatchObject([{ pid: client.pid, ppid: process.pid }]);
    }
    expect(processesWithMarker(createMarker())).toEqual([]);
    const [info] = processesMatching(({ pid }) => pid === client.pid);
    expect(info?.cmdline).toEqual([process.execPath, "-e", idle, inArguments]);
    expect(info?.environ).toEqual([`MARK=x-${inEnvironment}-y`]);
    expect(info?.startTime).toBeGreaterThan(0);
  });

  test("waits for the end, and lists who is left at the time limit", async () => {
    const marker = createMarker();
    const client = await spawnRawClient([process.execPath, "-e", idle, marker]);
    await client.nextMessage(() => true);
    await expect(waitUntilGone(marker, { withinMs: 50 })).rejects.toThrow(
      new RegExp(`left: ${client.pid} .*${marker}`),
    );
    const gone = waitUntilGone(marker, { withinMs: 5_000 });
    await client[Symbol.asyncDispose]();
    expect(await gone).toBeLessThan(5_000);
  });

  test("does not count a process that is only waiting to be reaped", async () => {
    // The shell replaces itself by a program that never reaps, and its child ends after that.
    const child = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 5"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    const zombie = Number(printed.toString());
    await expect.poll(() => processesMatching(({ pid }) => pid === zombie)).toEqual([]);
    expect(() => process.kill(zombie, 0)).not.toThrow();
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  test("refuses a marker that could match anything", () => {
    expect(() => processesWithMarker("a")).toThrow("too short");
  });

  test("counts open files", () => {
    const before = openFileCount(process.pid);
    const file = openSync("/dev/null", "r");
    expect(openFileCount(process.pid)).toBe(before + 1);
    expect(openFileCount(process.pid)).toBe(openDescriptors());
    closeSync(file);
    expect(openFileCount(process.pid)).toBe(before);
    expect(() => openFileCount(2 ** 22 + 1)).toThrow("is gone");
  });
});

/** Counts our open files without opening one: each possible number is tried. */
function openDescriptors(): number {
  return Array.from({ length: 1_024 }, (_, descriptor) => descriptor).filter(isOpen).length;
}

function isOpen(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).mode > 0;
  } catch {
    return false;
  }
}
