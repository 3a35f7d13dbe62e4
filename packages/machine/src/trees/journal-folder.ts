import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { journalPath } from "./journal.js";
import { type Journal, parseJournal } from "./journal-text.js";

/**
 * Journals that nobody here can judge are kept this long: their owner may live on another machine with the same home. One
 * from before a boot is such a journal, too, for two machines may have the same name.
 */
const foreignKeptMs = 30 * 24 * 3_600_000;

/** A process that takes a journal over, to reap what its dead owner left. */
export interface Claimant {
  readonly pid: number;
  readonly startedAt: number;
}

/** A journal in its folder. */
export interface JournalFile {
  readonly path: string;
  readonly ownerId: string;
  /** Who has taken it over; undefined while it is still the owner's. */
  readonly claimant: Claimant | undefined;
}

/**
 * Lists the journals of a folder; a folder that does not exist has none. One that was just being written anew when its
 * owner died counts too.
 */
export async function listJournals(folder: string): Promise<readonly JournalFile[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const match = /^(o_[0-9a-f]{32})\.jsonl(?:\.new)?(?:\.claim-(\d+)-(\d+))?$/.exec(name);
    if (match === null) return [];
    const [, ownerId = "", pid, startedAt] = match;
    const claimant = pid === undefined ? undefined : { pid: Number(pid), startedAt: Number(startedAt) };
    return [{ path: join(folder, name), ownerId, claimant }];
  });
}

/** Reads a journal; undefined if it is gone, or in a format that is not ours. */
export async function readJournal(path: string): Promise<Journal | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseJournal(text);
}

/**
 * Takes a journal over. The name of the file tells by whom, and a rename succeeds for one process only: no lock is needed,
 * and the claim of somebody who died can be taken over in the same way.
 * @returns where it is now; undefined if somebody else was faster
 */
export async function claimJournal(
  { path, ownerId }: JournalFile,
  folder: string,
  self: Claimant,
): Promise<string | undefined> {
  const claimed = `${journalPath(folder, ownerId)}.claim-${self.pid}-${self.startedAt}`;
  return rename(path, claimed).then(
    () => claimed,
    () => undefined,
  );
}

/** Gives a claimed journal back, for the next one to try. */
export async function releaseJournal(claimed: string, folder: string, ownerId: string): Promise<void> {
  await rename(claimed, journalPath(folder, ownerId)).catch(() => {});
}

/** Removes a journal that nobody can judge once it is very old. */
export async function removeIfOld(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > foreignKeptMs) await rm(path, { force: true });
}
