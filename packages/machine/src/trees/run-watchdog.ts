import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { StopReport } from "@fairlead/core";
import type { ProcessSystem } from "../processes/process-system.js";
import { findProcessSystem } from "../processes/this-system.js";
import { journalPath } from "./journal.js";
import { claimJournal, readJournal, releaseJournal } from "./journal-folder.js";
import type { Journal } from "./journal-text.js";
import { judgeOwner, readSelf, type TreeOwner } from "./owner.js";
import { reapTrees } from "./reap.js";
import { tryPatiently } from "./try-patiently.js";

/** What a watchdog is told on the first line of its input. */
export interface WatchdogOrder {
  readonly folder: string;
  readonly owner: TreeOwner;
}

/** The line by which the owner lets its watchdog go. */
export const farewell = "farewell";

/** What the watchdog prints once it would notice the death of its owner. */
const armed = "armed";

/** How long to wait between two looks at an owner that closed the pipe but lives: at first, and at most. */
const ownerPollMs = { first: 2, most: 1_000 };

/** For how long after the owner's death nobody can have been given a number of its trees. */
const orphanedMs = 2_000;

/** Nobody comes after it: when files or memory have run out it waits for better times, about half a minute. */
const retryPausesMs = [50, 200, 1_000, 5_000, 25_000];

/**
 * Waits until the owner says farewell or dies. The end of the pipe tells of its death at once, whatever killed it; then
 * everything of its trees is ended, and its journal removed.
 */
export async function runWatchdog(): Promise<void> {
  // What ends the owner politely must not end us first: who presses ^C in a terminal reaches both.
  for (const name of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(name, () => {});
  process.title = "fairlead-watchdog";
  const lines = createLines();
  const order = await lines.next();
  const system = await findProcessSystem();
  if (order === undefined || system === undefined) return;
  // Whoever reads this is gone as soon as the owner is, and so may be nobody.
  process.stdout.on("error", () => {});
  process.stdout.write(`${armed}\n`);
  if ((await lines.next()) === farewell) return;
  await takeOver(JSON.parse(order) as WatchdogOrder, system);
}

async function takeOver({ folder, owner }: WatchdogOrder, system: ProcessSystem): Promise<void> {
  const self = await tryPatiently(() => readSelf(system), retryPausesMs);
  let pauseMs = ownerPollMs.first;
  while ((await tryPatiently(() => judgeOwner(owner, self, system), retryPausesMs)) === "alive") {
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, ownerPollMs.most);
  }
  const path = journalPath(folder, owner.ownerId);
  // Without the journal the id in the environment still leads to them.
  const journal: Journal = (await readJournal(path)) ?? { owner, trees: [] };
  // Where a new owner was faster both do the work: nobody can be killed twice, and it may be interrupted.
  const claimed = await claimJournal({ path, ownerId: owner.ownerId, claimant: undefined }, folder, self);
  const sinceMs = performance.now();
  const reap = (): Promise<StopReport> => {
    const isFresh = performance.now() - sinceMs < orphanedMs;
    return reapTrees(journal, { system, trust: isFresh ? "orphan" : "stranger" });
  };
  const { survived } = await tryPatiently(reap, retryPausesMs);
  if (claimed === undefined) return;
  if (survived.length === 0) await rm(claimed, { force: true });
  else await releaseJournal(claimed, folder, owner.ownerId);
}

interface Lines {
  /** The next line; undefined at the end. */
  next(): Promise<string | undefined>;
}

function createLines(): Lines {
  const iterator = readLines()[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await iterator.next();
      return done === true ? undefined : value;
    },
  };
}

async function* readLines(): AsyncGenerator<string, void> {
  let text = "";
  try {
    for await (const chunk of process.stdin.setEncoding("utf8")) {
      text += String(chunk);
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        yield text.slice(0, end);
        text = text.slice(end + 1);
      }
    }
  } catch {
    // A pipe that breaks tells the same as one that ends.
  }
}
