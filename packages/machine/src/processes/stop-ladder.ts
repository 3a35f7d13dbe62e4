import { defaultStopTimes, FairleadError, type StopReport, type StopTimes } from "@fairlead/core";
import type { ProcessTree } from "./process-tree.js";

/** How long SIGKILL is repeated and watched before the rest counts as survivors. The kernel usually needs a millisecond. */
const killPatienceMs = 2_000;
/** Where a look takes a second, the time would be over before what was born meanwhile is killed too. */
const fewestKills = 3;

/** What the ladder needs to know and do beside the tree. */
export interface LadderSteps {
  readonly tree: ProcessTree;
  readonly pollMs: { readonly first: number; readonly most: number };
  /** The pauses; read again while waiting, so that a second stop can hasten the first. */
  times(): StopTimes;
  /** Closes stdin after what is queued. @returns since when it is closed, in the milliseconds of `performance.now()` */
  closeStdin(): number;
  /** Gives up what the child did not read. */
  destroyStdin(): void;
  /** Settles when the root ended, so that nobody sleeps through it. */
  readonly exited: Promise<unknown>;
}

/**
 * Climbs the stop ladder: stdin is closed, then SIGTERM or what the system has in its place, then SIGKILL, to the whole
 * tree. Each pause ends early the moment that nothing is left.
 */
export async function climbStopLadder(steps: LadderSteps): Promise<StopReport> {
  const { tree } = steps;
  // First, because parent links are lost as soon as a parent in the middle ends.
  await tree.look();
  const stdinClosedAt = steps.closeStdin();
  if (await goneWithin(steps, stdinClosedAt, () => steps.times().stdinGraceMs)) return tree.report();
  steps.destroyStdin();
  await tree.look();
  const wasTold = await tree.signal("SIGTERM");
  if (wasTold && (await goneWithin(steps, performance.now(), () => steps.times().termGraceMs)))
    return tree.report();
  await killAll(steps);
  return tree.report();
}

/** Fills in what was left open. @throws FairleadError `usage`, reason `argument_invalid` */
export function resolveStopTimes(...given: readonly (Partial<StopTimes> | undefined)[]): StopTimes {
  let { stdinGraceMs, termGraceMs } = defaultStopTimes;
  for (const times of given) {
    stdinGraceMs = checked("stdinGraceMs", times?.stdinGraceMs ?? stdinGraceMs);
    termGraceMs = checked("termGraceMs", times?.termGraceMs ?? termGraceMs);
  }
  return { stdinGraceMs, termGraceMs };
}

function checked(name: string, value: number): number {
  if (value >= 0) return value;
  throw new FairleadError("usage", `${name} is ${value}; give a number of milliseconds from 0`, {
    reason: "argument_invalid",
    effect: "none",
  });
}

/**
 * Looks and kills in turn, without a pause for a tree that forks faster than it is read, until a look finds nobody. Whoever
 * is found by the last look counts as a survivor.
 */
async function killAll({ tree, pollMs }: LadderSteps): Promise<void> {
  const startedAt = performance.now();
  let pauseMs = 0.5;
  for (let kills = 0; kills < fewestKills || performance.now() - startedAt < killPatienceMs; kills += 1) {
    if (!(await tree.look()) && !(await tree.look())) return;
    await tree.signal("SIGKILL");
    await pause(pauseMs, undefined);
    pauseMs = Math.min(pauseMs * 1.5, pollMs.most);
  }
  await tree.look();
}

async function goneWithin(steps: LadderSteps, sinceMs: number, graceMs: () => number): Promise<boolean> {
  let pauseMs = steps.pollMs.first;
  let wake: Promise<unknown> | undefined = steps.exited;
  for (;;) {
    if (await steps.tree.isGone()) return true;
    const leftMs = sinceMs + graceMs() - performance.now();
    if (leftMs <= 0) return false;
    const woken = await pause(Math.min(pauseMs, leftMs), wake);
    // The root ends once; after that only the clock wakes us.
    if (woken) wake = undefined;
    pauseMs = Math.min(pauseMs * 1.5, steps.pollMs.most);
  }
}

/** Waits for the time or for the promise. @returns whether it was the promise */
function pause(timeMs: number, wake: Promise<unknown> | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeMs);
    void wake?.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
