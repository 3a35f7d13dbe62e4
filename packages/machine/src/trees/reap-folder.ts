import { rm } from "node:fs/promises";
import type { StopReport } from "@fairlead/core";
import { treeCookieName } from "../environment/environment-names.js";
import type { ProcessSystem } from "../processes/process-system.js";
import {
  type Claimant,
  claimJournal,
  type JournalFile,
  listJournals,
  readJournal,
  releaseJournal,
  removeIfOld,
} from "./journal-folder.js";
import { judgeOwner, type PidSpace } from "./owner.js";
import { reapTrees } from "./reap.js";

/** What reaping needs to know of the process that does it. */
export interface Reaper extends Claimant, PidSpace {
  readonly system: ProcessSystem;
  /** The ids of the trees that we run in ourselves, from our own environment. */
  readonly outerIds: readonly string[];
}

/** A report of nothing. */
export const nothingStopped: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };

/**
 * Ends what dead owners left behind, by every journal of a folder, and removes the journals of which nothing is left.
 * Owners that live, and those that nobody here can judge, are left alone. Several processes may do this at once.
 */
export async function reapFolder(folder: string, reaper: Reaper): Promise<StopReport> {
  const files = await listJournals(folder);
  const reports = await Promise.all(files.map((file) => reapFile(file, folder, reaper)));
  return {
    ended: reports.flatMap(({ ended }) => ended),
    forced: reports.flatMap(({ forced }) => forced),
    survived: reports.flatMap(({ survived }) => survived),
    blindSpots: [...new Set(reports.flatMap(({ blindSpots }) => blindSpots))],
  };
}

/** Reads the ids of the trees around this process. */
export function readOuterIds(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (env[treeCookieName] ?? "").split(",").filter((id) => id !== "");
}

async function reapFile(file: JournalFile, folder: string, reaper: Reaper): Promise<StopReport> {
  const journal = await readJournal(file.path);
  const state = journal === undefined ? "foreign" : await judgeOwner(journal.owner, reaper, reaper.system);
  if (journal === undefined || state === "foreign") await removeIfOld(file.path);
  // Nobody saws off the branch that he sits on: a starter inside of these trees leaves them to one outside.
  else if (state === "dead" && !reaper.outerIds.includes(file.ownerId)) {
    if (file.claimant !== undefined && (await isRunning(file.claimant, reaper.system))) return nothingStopped;
    const claimed = await claimJournal(file, folder, reaper);
    if (claimed === undefined) return nothingStopped;
    const report = await reapTrees(journal, { system: reaper.system, trust: "stranger" });
    if (report.survived.length === 0) await rm(claimed, { force: true });
    else await releaseJournal(claimed, folder, file.ownerId);
    return report;
  }
  return nothingStopped;
}

async function isRunning({ pid, startedAt }: Claimant, system: ProcessSystem): Promise<boolean> {
  const seen = (await system.lookUp([pid])).get(pid);
  return seen !== undefined && seen.state !== "dead" && system.isSameStart(startedAt, seen.startedAt);
}
