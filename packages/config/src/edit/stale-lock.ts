import { link, rename, rm, stat } from "node:fs/promises";
import { createId } from "@fairlead/core";
import { systemCode } from "../load/read-text.js";

/** An edit takes milliseconds; a lock this old was left by a process that is gone. */
const staleAfterMs = 10_000;

/** Whether nobody who holds this lock can still be at work. One that is gone is not stale. */
export async function isStale(lock: string): Promise<boolean> {
  return stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > staleAfterMs,
    () => false,
  );
}

/**
 * Takes a lock away that was found stale. Of several who do it at once one moves it, and whoever is so late that it moves the
 * fresh lock of the next holder puts that back. While it is away, which is as long as two calls of the system take, yet
 * another could take the lock: no file system offers to move a file only if it is a certain one.
 */
export async function takeAwayStale(lock: string): Promise<void> {
  const aside = `${lock}.${createId("stale")}`;
  const isMoved = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  if (!isMoved) return;
  if (!(await isStale(aside))) await putBack(aside, lock);
  // Other programs lock their own files in this place too, some with a folder.
  await rm(aside, { force: true, recursive: true });
}

async function putBack(aside: string, lock: string): Promise<void> {
  try {
    // Unlike a move, it never replaces the lock of another.
    await link(aside, lock);
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return;
    // A folder, or a file system without links.
    await rename(aside, lock).catch(() => {});
  }
}
