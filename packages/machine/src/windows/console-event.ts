import { execFile } from "node:child_process";
import type { ProcessEntry } from "../processes/process-system.js";
import { consoleEventProgram } from "./console-event-program.js";

/** What can be sent to a console. Programs know them as SIGINT and SIGBREAK. */
export type ConsoleEvent = "interrupt" | "break";

/** A cold start of Node on a busy machine. Whoever was not told by then is killed the sooner. */
const patienceMs = 3_000;

/**
 * Sends an event to the consoles that processes have. Each of our children has one of its own, without a window, and shares
 * it with what it starts; a process can be in one console only, so a short-lived helper goes there in our place.
 * @returns the processes that were told; nobody where a program has no console, or shares ours
 */
export function sendConsoleEvent(
  event: ConsoleEvent,
  entries: readonly Pick<ProcessEntry, "pid">[],
): Promise<readonly number[]> {
  if (entries.length === 0) return Promise.resolve([]);
  const args = [consoleEventProgram, event, ...entries.map(({ pid }) => String(pid))];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      // Nothing of ours in its environment; Node adds what Windows needs.
      { env: {}, timeout: patienceMs, killSignal: "SIGKILL", windowsHide: true },
      (error, stdout) => resolve(error === null ? parsePids(stdout) : []),
    );
  });
}

/** Reads what the helper says: the pids that it told, in one line. */
function parsePids(line: string): readonly number[] {
  return line
    .trim()
    .split(",")
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0);
}
