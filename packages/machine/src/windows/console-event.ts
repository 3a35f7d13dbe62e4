import { execFile } from "node:child_process";
import type { ProcessEntry } from "../processes/process-system.js";
import { startPatiently } from "../processes/start-patiently.js";
import { consoleEventProgram } from "./console-event-program.js";
import { readVisits } from "./console-visits.js";

/** What can be sent to a console. Programs know them as SIGINT and SIGBREAK. */
export type ConsoleEvent = "interrupt" | "break";

/** A cold start of Node on a busy machine. Whoever was not told by then is killed the sooner. */
const patienceMs = 3_000;
/** No further helper is started after this; each one reaches at least one console more. */
const wholePatienceMs = 10_000;

/**
 * Sends an event to the consoles that processes have. Each of our children has one of its own, without a window, and shares
 * it with what it starts; a process can be in one console only, so a short-lived helper goes there in our place.
 * @returns the processes that were told; nobody where a program has no console, or shares ours
 */
export function sendConsoleEvent(
  event: ConsoleEvent,
  entries: readonly Pick<ProcessEntry, "pid">[],
): Promise<readonly number[]> {
  const pids = entries.map(({ pid }) => pid);
  return visitConsoles(pids, (left) => runHelper(event, left));
}

/**
 * Runs helpers until every process was visited: the event that a helper sends may end it in the middle of its visits, since
 * Windows forgets the handlers of whoever goes to another console.
 * @param run sends one helper to these pids. @returns what it said before it ended, in whatever way
 */
export async function visitConsoles(
  pids: readonly number[],
  run: (pids: readonly number[]) => Promise<string>,
): Promise<readonly number[]> {
  const untilMs = performance.now() + wholePatienceMs;
  const told: number[] = [];
  let left = pids;
  while (left.length > 0 && performance.now() < untilMs) {
    const visits = readVisits(await run(left));
    told.push(...visits.told.filter((pid) => left.includes(pid)));
    const next = left.filter((pid) => !visits.told.includes(pid) && !visits.missed.includes(pid));
    // One that got nowhere would not get further the next time.
    if (visits.isDone || next.length === left.length) break;
    left = next;
  }
  return told;
}

function runHelper(event: ConsoleEvent, pids: readonly number[]): Promise<string> {
  const args = [consoleEventProgram, event, ...pids.map(String)];
  // Nothing of ours in its environment; Node adds what Windows needs.
  const options = { env: {}, timeout: patienceMs, killSignal: "SIGKILL", windowsHide: true } as const;
  const attempt = (): Promise<string> =>
    new Promise((resolve) => {
      // What it said before it was ended by its own event counts as much.
      execFile(process.execPath, args, options, (_error, stdout) => resolve(stdout));
    });
  // One that cannot be started tells nobody, like one that gets nowhere.
  return startPatiently(attempt).catch(() => "");
}
