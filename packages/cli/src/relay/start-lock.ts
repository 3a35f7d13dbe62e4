import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { judgeMark, pidOfMark, processMark } from "@fairlead/machine/process-mark";

/**
 * Takes a lock that is a file with the mark of its owner, also from an owner who is dead.
 * @returns gives it back; undefined where somebody else who lives has it
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
    return () => rm(lock, { force: true });
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
  return pidOfMark(mark) !== undefined && judgeMark(mark) !== "dead" ? undefined : id;
}

function isLinked(own: string, lock: string): Promise<boolean> {
  return link(own, lock).then(
    () => true,
    () => false,
  );
}
