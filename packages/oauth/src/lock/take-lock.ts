import { randomBytes } from "node:crypto";
import { link, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { FairleadError, retryInUse } from "@fairlead/core";
import { formatLockNote, isAbandoned, lookAtLock } from "./lock-file.js";
import type { ProcessJudge } from "./process-judge.js";

/** Its maker may be held up between making a file and writing it; later than this it is dead. */
const unwrittenMs = 60_000;

/** What systems say where there are no hard links. On Windows EPERM is about a file that somebody has open. */
const noHardLinkCodes: ReadonlySet<unknown> = new Set([
  ...(process.platform === "win32" ? ["EISDIR"] : ["EPERM"]),
  "ENOTSUP",
  "ENOSYS",
  "EOPNOTSUPP",
]);

/** One attempt to hold a lock, which may be tried as often as its maker likes. */
export interface LockAttempt extends AsyncDisposable {
  /** Tries once. @param pausedMs milliseconds paused since the last time; what the machine slept is none @returns whether the lock is held now @throws FairleadError `unavailable` without hard links */
  take(pausedMs?: number): Promise<boolean>;
  /** Gives the lock back, if it is still this attempt's. */
  release(): Promise<void>;
}

/**
 * Prepares to hold a lock: a file of its own says who we are, and taking the lock is giving it the lock's name, which the
 * system does for one process only. Disposing removes what was prepared; it does not release.
 * @param path of the lock; its folder must exist, and hold nothing but locks
 */
export async function prepareLock(path: string, processes: ProcessJudge): Promise<LockAttempt> {
  const token = randomBytes(16).toString("hex");
  const prepared = join(dirname(path), `${token}.tmp`);
  const note = { token, mark: processes.ownMark(), pid: process.pid, host: hostname() };
  let watched = { identity: "", forMs: 0 };
  await writeFile(prepared, formatLockNote(note), { flag: "wx", mode: 0o600 }).catch(
    async (cause: unknown) => {
      // On a full disk the file is there, and empty.
      await rm(prepared, { force: true });
      throw cause;
    },
  );
  return {
    take: async (pausedMs = 0) => {
      if (await linkTo(prepared, path)) return true;
      const seen = await lookAtLock(path);
      if (seen === undefined) return false;
      const { identity } = seen;
      watched = { identity, forMs: watched.identity === identity ? watched.forMs + pausedMs : 0 };
      if (!isAbandoned(seen, processes, watched.forMs)) return false;
      return replaceAbandoned(prepared, path, { identity, processes });
    },
    release: async () => {
      if ((await lookAtLock(path))?.identity !== token) return;
      await retryInUse(() => rm(path, { force: true }), process.platform);
    },
    [Symbol.asyncDispose]: () => rm(prepared, { force: true }),
  };
}

/** Removes what dead processes left in a folder of locks. */
export async function sweepLocks(folder: string, processes: ProcessJudge): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const seen = await lookAtLock(path);
    if (seen === undefined || !isAbandoned(seen, processes)) continue;
    // Everything that is not only prepared may be taken over by others right now, so it is first held.
    if (!name.endsWith(".tmp")) await withLockNow(path, processes, async () => {});
    else if (seen.note !== undefined || seen.ageMs > unwrittenMs) await rm(path, { force: true });
  }
}

async function linkTo(prepared: string, path: string): Promise<boolean> {
  try {
    await retryInUse(() => link(prepared, path), process.platform);
    // Whoever dies with the lock shall leave no more than that. Disposing tries again.
    await rm(prepared, { force: true }).catch(() => {});
    return true;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST") return false;
    if (!noHardLinkCodes.has(code)) throw cause;
    throw new FairleadError(
      "unavailable",
      `${dirname(path)} is on a file system without hard links, by which processes keep out of each other's way. Use a folder on another one`,
      { cause, effect: "none", details: { path: dirname(path) } },
    );
  }
}

/**
 * Takes over from a dead holder. Whoever wants to must first hold a lock that is named after what it saw, and then look
 * again: so of several who saw the same dead holder one takes over, and nobody replaces a living one.
 */
async function replaceAbandoned(
  prepared: string,
  path: string,
  { identity, processes }: { readonly identity: string; readonly processes: ProcessJudge },
): Promise<boolean> {
  const guard = join(dirname(path), `${identity}.break`);
  const isTaken = await withLockNow(guard, processes, async () => {
    if ((await lookAtLock(path))?.identity !== identity) return false;
    await retryInUse(() => rename(prepared, path), process.platform);
    await rm(join(dirname(path), `${identity}.tmp`), { force: true }).catch(() => {});
    return true;
  });
  return isTaken ?? false;
}

/** Works under a lock if it is free now; undefined if it is not. */
async function withLockNow<Result>(
  path: string,
  processes: ProcessJudge,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  await using attempt = await prepareLock(path, processes);
  if (!(await attempt.take())) return undefined;
  try {
    return await work();
  } finally {
    await attempt.release();
  }
}
