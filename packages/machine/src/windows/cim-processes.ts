import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import { FairleadError, isFairleadError } from "@fairlead/core";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "../processes/process-system.js";
import { createSharedRead } from "../processes/shared-read.js";
import { startPatiently } from "../processes/start-patiently.js";
import { ageMs, killLagMicroseconds, wallMicroseconds } from "./wall-clock.js";

/** Start times as ticks since the year 1, which is what .NET counts; from there to 1970. */
const epochTicks = 621_355_968_000_000_000n;
const ticksPerMicrosecond = 10n;

/** What is noted at a launch is a bound, up to two seconds early; in microseconds. */
const startBound = 2_000_000;
const startTolerance = 3_000_000;

/** A cold start of PowerShell on a busy machine. */
const patienceMs = 15_000;

const columns = "ProcessId,ParentProcessId,WorkingSetSize,KernelModeTime,UserModeTime,CreationDate,Name";
const script = [
  "$ErrorActionPreference='Stop'",
  "[Console]::OutputEncoding=[Text.Encoding]::UTF8",
  `Get-CimInstance Win32_Process -Property ${columns} | Where-Object CreationDate | ForEach-Object { ` +
    `'{0} {1} {2} {3} {4} {5} {6}' -f $_.ProcessId,$_.ParentProcessId,$_.WorkingSetSize,$_.KernelModeTime,` +
    `$_.UserModeTime,$_.CreationDate.ToUniversalTime().Ticks,$_.Name }`,
].join("; ");

/**
 * Processes as PowerShell shows them, for a Windows without the library that calls it. Half a second a look. Start times
 * are microseconds since 1970.
 */
export const cimProcesses: ProcessSystem = {
  readTable: createSharedRead(readTable),
  lookUp: async (pids) => {
    if (pids.length === 0) return new Map();
    const table = await cimProcesses.readTable();
    return new Map([...table].filter(([pid]) => pids.includes(pid)));
  },
  startBound: () => wallMicroseconds() - startBound,
  isSameStart: (noted, seen) => Math.abs(seen - noted) <= startTolerance,
  ageMs,
  parentsKeptUntil: wallMicroseconds,
  killLag: killLagMicroseconds,
  signals: {
    group: () => false,
    one: ({ pid }, name) => name === "SIGKILL" && kill(pid),
  },
  // There is nothing to ask a console with.
  askToEnd: () => Promise.resolve(false),
  pollMs: { first: 100, most: 500 },
  blindSpots: [
    "The optional package koffi is missing, so there are no jobs: a process whose parent ended before it was seen was not looked for",
  ],
};

/** Reads the lines that PowerShell prints for our columns; others are skipped. */
export function parseCim(output: string): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  for (const line of output.split("\n")) {
    const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (.*?)\r?$/.exec(line);
    if (match === null) continue;
    const [, pidText, parentPid, memoryBytes, kernelTicks, userTicks, startTicks = "0", name = ""] = match;
    const pid = Number(pidText);
    table.set(pid, {
      pid,
      parentPid: Number(parentPid),
      // There are no groups: each process stands for itself.
      groupId: pid,
      sessionId: undefined,
      startedAt: Math.max(0, Number((BigInt(startTicks) - epochTicks) / ticksPerMicrosecond)),
      cpuMs: Math.round((Number(kernelTicks) + Number(userTicks)) / 10_000),
      state: "running",
      name,
      treeIds: () => [],
      memoryBytes: () => Number(memoryBytes),
    });
  }
  return table;
}

function readTable(): Promise<ProcessTable> {
  // By its path: a program of that name in some folder must not be run in its place.
  const root = process.env["SystemRoot"] ?? "C:\\Windows";
  const powerShell = join(root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe");
  return startPatiently(() => ask(powerShell)).catch((thrown: unknown) => {
    throw isFairleadError(thrown) ? thrown : notShown(powerShell, thrown, "");
  });
}

/** @throws Error of the system where it cannot be started, else FairleadError */
function ask(powerShell: string): Promise<ProcessTable> {
  const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script];
  return new Promise((resolve, reject) => {
    // Nothing of ours in its environment; Node adds what Windows needs.
    const options = { env: {}, maxBuffer: 64 * 1024 * 1024, timeout: patienceMs, windowsHide: true };
    execFile(powerShell, args, options, (error, stdout, stderr) => {
      const table = error === null ? parseCim(stdout) : undefined;
      // A table without the one who asks is none.
      if (table?.has(process.pid) === true) resolve(table);
      else reject(notShown(powerShell, error, stderr));
    });
  });
}

/** @param said what it said about it */
function notShown(powerShell: string, cause: unknown, said: string): FairleadError {
  const { killed, code }: Partial<ExecFileException> = cause instanceof Error ? cause : {};
  const ending = killed === true ? `it took over ${patienceMs / 1_000} s` : `it ended with ${code}`;
  const why = cause === null ? "it left out the process that asked" : said.trim().slice(0, 300) || ending;
  return new FairleadError(
    "unavailable",
    `${powerShell} does not show the processes of this machine: ${why}. Install the optional package koffi, which needs no PowerShell, or allow it to run`,
    { cause, reason: "feature_missing", effect: "none" },
  );
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    // Gone, or protected from us: which of both it is, the next look tells.
    return false;
  }
}
