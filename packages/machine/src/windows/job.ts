import { setTimeout as delay } from "node:timers/promises";
import type { TreeEnclosure } from "../trees/tree-enclosure.js";
import { decodeJobPids, encodeKillOnClose, jobListBuffer } from "./job-layouts.js";
import { readProcessesNow } from "./read-processes.js";
import { type Handle, processAccess, type WindowsCalls } from "./windows-calls.js";

/** What a process that was killed ends with, as with Windows' own tools: there are no signals to tell. */
export const killedExitCode = 1;

const firstRoom = 64;
/** A job that grows while it is read is read again, with twice the room each time. */
const mostReads = 8;
/** How often, a few milliseconds apart, a job is looked at whose last process is just ending. */
const mostRemovals = 10;

let ownJob: Handle | undefined;

/**
 * Puts this process into a job that ends with it: whatever it starts from now on is killed at the latest when this process
 * is, by whomever. It cannot be left again.
 * @returns whether that is so
 */
export function enterOwnJob(calls: WindowsCalls): boolean {
  if (ownJob !== undefined) return true;
  const job = createKillingJob(calls);
  if (job === undefined) return false;
  if (!calls.assignToJob(job, calls.thisProcess)) {
    calls.close(job);
    return false;
  }
  // Never closed by us: the system does it at our end.
  ownJob = job;
  return true;
}

/** Makes a job for one tree; undefined where the system refuses. */
export function openJob(calls: WindowsCalls): TreeEnclosure | undefined {
  const job = createKillingJob(calls);
  if (job === undefined) return undefined;
  let isOpen = true;

  const pids = (): readonly number[] => {
    if (!isOpen) return [];
    for (let read = 0, room = firstRoom; read < mostReads; read += 1, room *= 2) {
      const buffer = jobListBuffer(room);
      calls.readJobPids(job, buffer);
      const found = decodeJobPids(buffer);
      if (found !== undefined) return found;
    }
    return [];
  };
  const fetch = (pid: number): boolean => {
    const process = isOpen
      ? calls.openProcess(pid, processAccess.setQuota | processAccess.terminate)
      : undefined;
    if (process === undefined) return false;
    const isInside = calls.assignToJob(job, process);
    calls.close(process);
    return isInside;
  };

  return {
    pids,
    add: (pid) => {
      if (!fetch(pid)) return false;
      // Whoever was born before it was moved: from then on its children are born inside.
      for (const child of descendantsOf(calls, pid)) fetch(child);
      return true;
    },
    enclose: (fork) => ({ made: fork(), isInside: false }),
    fetch: (pid) => void fetch(pid),
    kill: () => {
      if (isOpen) calls.terminateJob(job, killedExitCode);
    },
    remove: async () => {
      for (let count = 0; count < mostRemovals && pids().length > 0; count += 1) await delay(5);
      // To close it would kill whoever is left; that is for a stop to do.
      if (!isOpen || pids().length > 0) return;
      isOpen = false;
      calls.close(job);
    },
  };
}

function createKillingJob(calls: WindowsCalls): Handle | undefined {
  const job = calls.createJob();
  if (job === undefined || calls.limitJob(job, encodeKillOnClose())) return job;
  calls.close(job);
  return undefined;
}

function descendantsOf(calls: WindowsCalls, rootPid: number): readonly number[] {
  const table = [...(readProcessesNow(calls)?.values() ?? [])];
  const root = table.find(({ pid }) => pid === rootPid);
  const found = root === undefined ? [] : [root];
  for (const parent of found) {
    // An older process only bears the number of a parent that ended and that had the number before.
    found.push(
      ...table.filter(
        (each) =>
          each.parentPid === parent.pid && each.startedAt >= parent.startedAt && !found.includes(each),
      ),
    );
  }
  return found.slice(1).map(({ pid }) => pid);
}
