import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FairleadError, retryInUse } from "@fairlead/core";
import { judgeMark, pidOfMark, processMark } from "@fairlead/machine/process-mark";

/** Who holds it gives up after ten seconds; a lock this old, in milliseconds, was left behind. */
const longestHoldMs = 60_000;

/**
 * Takes a lock that is a file with the mark of its owner, also from an owner who is dead.
 * @returns gives it back; undefined where somebody else who lives has it
 * @throws FairleadError `unavailable` where its folder cannot hold locks
 */
export async function takeStartLock(lock: string): Promise<(() => Promise<void>) | undefined> {
  const id = randomUUID();
  const own = `${lock}.${id}`;
  // Written first and then linked: nobody ever sees a lock that does not say whose it is.
  await writeFile(own, `${processMark()} ${id}`, { flag: "wx", mode: 0o600 });
  try {
    if (!(await isLinked(own, lock))) {
      await removeDead(lock);
      if (!(await isLinked(own, lock))) return undefined;
    }
    return async () => {
      // Whoever held it for too long does not take it away from the next one.
      const holder = await readFile(lock, "utf8").catch(() => "");
      if (holder.endsWith(id)) await rm(lock, { force: true });
    };
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Removes the lock of a dead owner. Only who holds the right to do that for this very owner does: otherwise one who was
 * slow would remove the lock of somebody who took over meanwhile.
 */
async function removeDead(lock: string): Promise<void> {
  const owner = await deadOwner(lock);
  if (owner === undefined) return;
  const giveBack = await takeStartLock(`${lock}.after-${owner}`);
  if (giveBack === undefined) return;
  try {
    if ((await deadOwner(lock)) === owner) await rm(lock, { force: true });
  } finally {
    await giveBack();
  }
}

/** What tells the dead owner of a lock from all others; undefined where there is none, or it lives. */
async function deadOwner(lock: string): Promise<string | undefined> {
  const text = await readFile(lock, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [mark = "", id = "nobody"] = text.split(" ");
  if (pidOfMark(mark) === undefined || judgeMark(mark) === "dead") return id;
  // Windows gives numbers of dead processes to others soon, and tells nobody cheaply since when one runs.
  const changedAtMs = await stat(lock).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  return Date.now() - changedAtMs > longestHoldMs ? id : undefined;
}

async function isLinked(own: string, lock: string): Promise<boolean> {
  try {
    await retryInUse(() => link(own, lock), process.platform);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST") return false;
    throw new FairleadError(
      "unavailable",
      `${dirname(lock)} cannot hold a lock (${String(code)}): it takes a folder that may be written to, on a file system with hard links`,
      { cause, effect: "none", details: { path: dirname(lock) } },
    );
  }
}
