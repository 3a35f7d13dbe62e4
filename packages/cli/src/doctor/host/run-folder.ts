import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { judgeMark, markOf, pidOfMark } from "@fairlead/machine/process-mark";
import { hubEnding, ownerOf, runFolder, socketEnding } from "../../control/control-paths.js";
import { isLeftBehind } from "../../control/sweep-run-folder.js";
import { type CheckOutcome, ok, warning } from "../check.js";

const lockEnding = ".lock";

/** Looks for what hosts and executors that are proven dead left in a home: sockets, marks and locks. */
export async function checkRunFolder(home: string): Promise<CheckOutcome> {
  const folder = runFolder(home);
  const { stale, living, elsewhere } = await lookInto(home);
  if (stale.length === 0) {
    const here = living === 1 ? "1 host is running" : `${living} hosts are running`;
    return elsewhere === 0
      ? ok(here, { hosts: living })
      : ok(`${here}, ${elsewhere} more may run elsewhere with this home`, { hosts: living, elsewhere });
  }
  return warning(`${stale.length} left by processes that are gone: ${stale.join(", ")}`, {
    details: { folder, files: stale.join(", ") },
    remediation: "fairlead doctor --fix",
    fix: async () => {
      // Looked at anew: somebody may have taken one of them over.
      const now = await lookInto(home);
      const left = stale.filter((name) => now.stale.includes(name));
      await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
      return `removed ${left.join(", ")}`;
    },
  });
}

interface Found {
  /** Names of what is left over. */
  readonly stale: readonly string[];
  /** How many hosts there are. */
  readonly living: number;
  /** How many may run in other containers, or on other machines, with the same home. */
  readonly elsewhere: number;
}

async function lookInto(home: string): Promise<Found> {
  const folder = runFolder(home);
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const stale: string[] = [];
  let living = 0;
  let elsewhere = 0;
  for (const name of names.toSorted()) {
    const host = ownerOf(name, socketEnding);
    const lock = host === undefined ? await readLock(folder, name) : undefined;
    const mark = host ?? ownerOf(name, hubEnding) ?? lock?.mark;
    if (mark === undefined) continue;
    // Whoever starts an executor finds out whether one elsewhere answers; a lock alone tells nothing.
    const isLock = name.endsWith(lockEnding);
    const isLeft = isLock ? judgeMark(mark) === "dead" : await isLeftBehind(home, name, mark);
    if (!isLeft) {
      if (host === undefined) continue;
      if (judgeMark(host) === "alive") living += 1;
      else elsewhere += 1;
      continue;
    }
    // The socket that an executor's lock is for bears its name, and the one that proved that it lives the word of the lock.
    const others = isLock ? [name.slice(0, -lockEnding.length), `.${lock?.word ?? ""}`] : [];
    stale.push(...others.filter((other) => names.includes(other)), name);
  }
  return { stale, living, elsewhere };
}

interface Lock {
  /** The mark of the process that holds it. */
  readonly mark: string;
  /** The word of an executor's lock; undefined for what has the shape of none. */
  readonly word: string | undefined;
}

/** Every lock begins with the process that holds it: its mark, or, of an executor, number, begin, a word and its place. */
async function readLock(folder: string, name: string): Promise<Lock | undefined> {
  if (!name.endsWith(lockEnding)) return undefined;
  const path = join(folder, name);
  // A pipe of that name would keep us waiting.
  const isFile = await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const text = isFile ? await readFile(path, "utf8").catch(() => "") : "";
  const [first = "", began = "", third = "", space] = text.trim().split(" ");
  const pid = /\s/.test(text) ? pidOfMark(first) : undefined;
  if (pid === undefined) return undefined;
  const word = /^[\w-]{16}$/.test(third) ? third : undefined;
  const mark =
    space === undefined ? first : markOf(pid, /^\d+$/.test(began) ? Number(began) : undefined, space);
  return { mark, word };
}
