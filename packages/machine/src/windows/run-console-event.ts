import type { WindowsCalls } from "./windows-calls.js";
import { loadWindowsCalls } from "./windows-calls.js";

/** What Windows calls the events. */
const eventNumbers = { interrupt: 0, break: 1 } as const;

/**
 * Goes to the console of each process in turn, sends the event there, and prints whom it reached.
 * @param args `interrupt` or `break`, then the pids
 */
export async function runConsoleEvent([event, ...pids]: readonly string[]): Promise<void> {
  const calls = await loadWindowsCalls();
  if (calls === undefined || (event !== "interrupt" && event !== "break")) return;
  // In the same console we get the event too, and must live to visit the next one.
  for (const name of ["SIGINT", "SIGBREAK"] as const) process.on(name, () => {});
  calls.ignoreInterrupts(true);
  const told = tellConsoles(calls, eventNumbers[event], {
    pids: pids.map(Number),
    never: [process.ppid],
  });
  process.stdout.write(`${told.join(",")}\n`);
}

/**
 * Sends an event to the console of each process, each console once.
 * @returns whom it reached. A console that also holds one who must never be told is left alone
 */
export function tellConsoles(
  calls: Pick<WindowsCalls, "joinConsole" | "leaveConsole" | "consolePids" | "sendConsoleEvent">,
  event: 0 | 1,
  { pids, never }: { readonly pids: readonly number[]; readonly never: readonly number[] },
): readonly number[] {
  const told = new Set<number>();
  // Whoever starts us without a window gives us a console of our own.
  calls.leaveConsole();
  for (const pid of pids) {
    if (told.has(pid) || !calls.joinConsole(pid)) continue;
    const present = calls.consolePids();
    if (!present.some((each) => never.includes(each)) && calls.sendConsoleEvent(event)) {
      for (const each of present) if (pids.includes(each)) told.add(each);
    }
    calls.leaveConsole();
  }
  return [...told];
}
