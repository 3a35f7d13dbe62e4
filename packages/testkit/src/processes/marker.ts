import { createId, FairleadError } from "@fairlead/core";
import { waitUntil } from "../wait-until.js";
import { type ProcessInfo, processesMatching } from "./process-table.js";

const shortestMarker = 8;

/**
 * A text that no other process carries: put it into the arguments or the environment of what is started, and every
 * descendant that keeps either can be counted.
 */
export function createMarker(): string {
  return createId("marker");
}

/**
 * Living processes, this one apart, that carry the text in their arguments or environment.
 * @throws FairleadError `usage` for a marker under 8 characters, which could match anything; `unavailable` without /proc
 */
export function processesWithMarker(marker: string): readonly ProcessInfo[] {
  if (marker.length < shortestMarker) {
    throw new FairleadError("usage", `The marker ${JSON.stringify(marker)} is too short to be unique`);
  }
  return processesMatching(
    ({ pid, cmdline, environ = [] }) =>
      pid !== process.pid &&
      (cmdline.some((part) => part.includes(marker)) || environ.some((entry) => entry.includes(marker))),
  );
}

/**
 * Waits until no process carries the marker. Check that there was one before: nothing started is gone at once.
 * @returns the milliseconds that it took
 * @throws FairleadError `deadline_exceeded`, listing the survivors
 */
export async function waitUntilGone(marker: string, options: { readonly withinMs: number }): Promise<number> {
  const startedAtMs = performance.now();
  let survivors: readonly ProcessInfo[] = [];
  let emptyScans = 0;
  await waitUntil(
    () => {
      survivors = processesWithMarker(marker);
      // A process that forks and ends during a scan hides its child from that scan, but not from the next one.
      emptyScans = survivors.length === 0 ? emptyScans + 1 : 0;
      return emptyScans === 2;
    },
    {
      withinMs: options.withinMs,
      what: () => `The end of every process with ${marker} (left: ${listProcesses(survivors)})`,
    },
  );
  return performance.now() - startedAtMs;
}

/** Processes as one line of text for an error message. Environments stay out: they may hold secrets. */
export function listProcesses(processes: readonly ProcessInfo[]): string {
  const told = processes.map(({ pid, ppid, state, cmdline }) => {
    return `${pid} (parent ${ppid}, ${state}) ${cmdline.join(" ").slice(0, 300)}`;
  });
  return told.join("; ") || "none";
}
