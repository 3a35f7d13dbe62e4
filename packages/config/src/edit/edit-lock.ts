import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createId, FairleadError } from "@fairlead/core";
import { systemCode } from "../load/read-text.js";
import { isStale, takeAwayStale } from "./stale-lock.js";

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
  const id = createId("edit");
  const startedAtMs = performance.now();
  while (!(await tryLock(lock, id))) {
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
    if (await isStale(lock)) await takeAwayStale(lock);
    await pause(pollMs);
  }
  try {
    return await action();
  } finally {
    await unlock(lock, id);
  }
}

/** @param id says whose it is */
async function tryLock(lock: string, id: string): Promise<boolean> {
  try {
    await using handle = await open(lock, "wx", 0o600);
    await handle.writeFile(id);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Whoever was away so long that its lock was broken must not remove the next one's. */
async function unlock(lock: string, id: string): Promise<void> {
  const holder = await readFile(lock, "utf8").catch(() => undefined);
  if (holder === id) await rm(lock, { force: true });
}
