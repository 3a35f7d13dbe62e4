import { writeSync } from "node:fs";
import { doneLine, missedLine, toldLine } from "./console-visits.js";
import type { WindowsCalls } from "./windows-calls.js";
import { loadWindowsCalls } from "./windows-calls.js";

/** What Windows calls the events. */
const eventNumbers = { interrupt: 0, break: 1 } as const;

/** A break that has not ended us by then never does. Only whoever has more than one console to visit waits for it. */
const endPatienceMs = 500;

/**
 * Goes to the console of each process in turn, sends the event there, and prints whom it reaches, each line at once: Ctrl-Break
 * cannot be ignored, and ends us where it does the same to others.
 * @param args `interrupt` or `break`, then the pids
 */
export async function runConsoleEvent([event, ...pids]: readonly string[]): Promise<void> {
  const calls = await loadWindowsCalls();
  if (calls === undefined || (event !== "interrupt" && event !== "break")) return;
  const visit = { pids: pids.map(Number), never: [process.ppid] };
  tellConsoles(calls, eventNumbers[event], { ...visit, say: writeOut, awaitEnd: sitOut });
}

/** A stream would write it later, which may be never. */
function writeOut(line: string): void {
  writeSync(1, line);
}

/** Blocks, so that nothing of ours goes on meanwhile; Windows ends us in a thread of its own. */
function sitOut(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, endPatienceMs);
}

/** Whom to visit, and how that is told. */
export interface ConsoleRound {
  readonly pids: readonly number[];
  /** A console that also holds one of these is left alone. */
  readonly never: readonly number[];
  /** Must have told the line when it returns. */
  readonly say: (line: string) => void;
  /** Returns when an event that was sent will not end us any more. */
  readonly awaitEnd: () => void;
}

/** Sends an event to the console of each process, each console once. */
export function tellConsoles(
  calls: Pick<
    WindowsCalls,
    "joinConsole" | "leaveConsole" | "consolePids" | "sendConsoleEvent" | "ignoreInterrupts"
  >,
  event: 0 | 1,
  { pids, never, say, awaitEnd }: ConsoleRound,
): void {
  const visited = new Set<number>();
  let mayEnd = false;
  for (const pid of pids) {
    if (visited.has(pid)) continue;
    visited.add(pid);
    // Ended between two consoles we leave a word that is true; ended later we might tell of one that heard nothing.
    if (mayEnd) awaitEnd();
    mayEnd = false;
    // Whoever starts us without a window gives us a console of our own.
    calls.leaveConsole();
    if (!calls.joinConsole(pid)) {
      say(missedLine([pid]));
      continue;
    }
    // Anew in each: whoever goes to another console has none of its handlers any more.
    calls.ignoreInterrupts(true);
    const present = calls.consolePids();
    const reached = pids.filter((each) => each === pid || present.includes(each));
    for (const each of reached) visited.add(each);
    if (present.some((each) => never.includes(each))) say(missedLine(reached));
    else {
      say(toldLine(reached));
      if (calls.sendConsoleEvent(event)) mayEnd = event === eventNumbers.break;
      else say(missedLine(reached));
    }
  }
  say(doneLine());
}
