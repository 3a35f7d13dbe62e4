import { open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createId, FairleadError } from "@fairlead/core";
import { systemCode } from "../load/read-text.js";

/** An edit takes milliseconds; a lock this old was left by a process that is gone. */
const staleAfterMs = 10_000;

/** Longer than a stale lock lives, so that one is never fatal. */
const waitLimitMs = 15_000;

/** No event tells that a file of another process is gone, so it is looked for this often. */
const pollMs = 15;

/**
 * Lets one edit of a file run at a time, across processes, by a lock file beside it. Whatever does not know this lock,
 * such as a text editor, is not kept out.
 * @param path the file itself; its folder must exist
 * @throws FairleadError `unavailable` if others hold the lock for 15 s; and whatever `action` throws
 */
export async function withEditLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const startedAtMs = performance.now();
  while (!(await tryLock(lock))) {
    if (performance.now() - startedAtMs > waitLimitMs) {
      throw new FairleadError(
        "unavailable",
        `${path} is being edited by somebody else (${lock}). Try again.`,
        {
          effect: "none",
          details: { file: path, lock },
        },
      );
    }
    await breakStale(lock);
    await pause(pollMs);
  }
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, "wx", 0o600);
    await handle.close();
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Moves the lock away before it is deleted: only one of several who find it stale can do that. */
async function breakStale(lock: string): Promise<void> {
  const isStale = await stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > staleAfterMs,
    () => false,
  );
  if (!isStale) return;
  const aside = `${lock}.${createId("stale")}`;
  const isMoved = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  // Other programs lock their own files in this place too, some with a folder.
  if (isMoved) await rm(aside, { force: true, recursive: true });
}
