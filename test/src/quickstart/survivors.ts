import { canCountProcesses, processesWithMarker, waitUntil, waitUntilGone } from "@fairlead/testkit";

/** What of the demo was running, so that its end can be proved. */
export interface Started {
  /** A text in the environment of everything that was started. */
  readonly marker: string;
  /** The processes that we know by number. */
  readonly pids: readonly number[];
}

/** How long the system may take to forget a process that has been stopped. */
const limitMs = 2_000;

/** How many processes of the demo are running: by their marker on Linux, elsewhere those known by number. */
export function countRunning(started: Started): number {
  if (canCountProcesses()) return processesWithMarker(started.marker).length;
  return started.pids.filter(isAlive).length;
}

/**
 * Proves that nothing is left, by the system's own process table.
 * @returns in words, where it was looked
 * @throws FairleadError `deadline_exceeded`, naming who is left
 */
export async function proveNoneLeft(started: Started): Promise<string> {
  if (canCountProcesses()) {
    await waitUntilGone(started.marker, { withinMs: limitMs });
    return "for their marker in /proc";
  }
  await waitUntil(() => !started.pids.some(isAlive), {
    withinMs: limitMs,
    what: () => `The end of processes ${started.pids.filter(isAlive).join(", ")}`,
  });
  return "for their ids";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
