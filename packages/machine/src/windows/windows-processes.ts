import { FairleadError } from "@fairlead/core";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "../processes/process-system.js";
import { createSharedRead } from "../processes/shared-read.js";
import { sendConsoleEvent } from "./console-event.js";
import { killedExitCode } from "./job.js";
import { toStartMicroseconds } from "./process-information.js";
import { readProcessesNow } from "./read-processes.js";
import { ageMs, killLagMicroseconds, wallMicroseconds } from "./wall-clock.js";
import { processAccess, type WindowsCalls } from "./windows-calls.js";

/** Start times come by two ways, which may round differently; in microseconds. */
const startTolerance = 1;

/** Processes as Windows itself shows them. Start times are microseconds since 1970. */
export function createWindowsProcesses(calls: WindowsCalls): ProcessSystem {
  const read = (): ProcessTable => {
    const table = readProcessesNow(calls);
    if (table !== undefined) return table;
    throw new FairleadError("unavailable", "Windows does not show its processes. Free memory and try again", {
      effect: "none",
    });
  };
  return {
    readTable: createSharedRead(async () => read()),
    lookUp: async (pids) => {
      if (pids.length === 0) return new Map();
      const wanted = new Set(pids);
      return new Map([...read()].filter(([pid]) => wanted.has(pid)));
    },
    startBound: (pid) => readProcessesNow(calls)?.get(pid)?.startedAt ?? 0,
    isSameStart,
    ageMs,
    parentsKeptUntil: wallMicroseconds,
    killLag: killLagMicroseconds,
    signals: {
      group: () => false,
      one: (entry, name) => name === "SIGKILL" && terminate(calls, entry),
    },
    askToEnd: async (entries) => {
      const told = await sendConsoleEvent("interrupt", entries);
      return told.length > 0;
    },
    pollMs: { first: 10, most: 50 },
    blindSpots: ["No job could be made: a process whose parent ended before it was seen was not looked for"],
  };
}

/** Ends exactly this process: whoever may have its number by now is told by the start time, while it is held open. */
function terminate(calls: WindowsCalls, entry: ProcessEntry): boolean {
  const process = calls.openProcess(
    entry.pid,
    processAccess.terminate | processAccess.queryLimitedInformation,
  );
  if (process === undefined) return false;
  try {
    const start = calls.readStart(process);
    const isIt = start !== undefined && isSameStart(entry.startedAt, toStartMicroseconds(start));
    return isIt && calls.terminateProcess(process, killedExitCode);
  } finally {
    calls.close(process);
  }
}

function isSameStart(noted: number, seen: number): boolean {
  return Math.abs(seen - noted) <= startTolerance;
}
