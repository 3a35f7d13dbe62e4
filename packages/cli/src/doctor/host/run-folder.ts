import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hubEnding, isProvenDead, ownerOf, runFolder, socketEnding } from "../../control/control-paths.js";
import { type CheckOutcome, ok, warning } from "../check.js";

const lockEnding = ".lock";

/** Looks for what hosts and executors that are proven dead left in a home: sockets, marks and locks. */
export async function checkRunFolder(home: string): Promise<CheckOutcome> {
  const folder = runFolder(home);
  const { stale, living } = await lookInto(folder);
  if (stale.length === 0) {
    return ok(living === 1 ? "1 host is running" : `${living} hosts are running`, { hosts: living });
  }
  return warning(`${stale.length} left by processes that are gone: ${stale.join(", ")}`, {
    details: { folder, files: stale.join(", ") },
    remediation: "fairlead doctor --fix",
    fix: async () => {
      // Looked at anew: somebody may have taken one of them over.
      const now = await lookInto(folder);
      const left = stale.filter((name) => now.stale.includes(name));
      await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
      return `removed ${left.join(", ")}`;
    },
  });
}

/** Names of what is left over, and how many hosts there are. */
async function lookInto(
  folder: string,
): Promise<{ readonly stale: readonly string[]; readonly living: number }> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const stale: string[] = [];
  let living = 0;
  for (const name of names.toSorted()) {
    const pid = ownerOf(name, socketEnding) ?? ownerOf(name, hubEnding) ?? (await lockOwner(folder, name));
    if (pid === undefined) continue;
    if (!isProvenDead(pid)) {
      if (ownerOf(name, socketEnding) !== undefined) living += 1;
      continue;
    }
    // The socket that an executor's lock is for bears its name.
    const locked = name.endsWith(lockEnding) ? name.slice(0, -lockEnding.length) : name;
    stale.push(...(locked !== name && names.includes(locked) ? [locked, name] : [name]));
  }
  return { stale, living };
}

/** Every lock begins with the number of the process that holds it. */
async function lockOwner(folder: string, name: string): Promise<number | undefined> {
  if (!name.endsWith(lockEnding)) return undefined;
  const path = join(folder, name);
  // A pipe of that name would keep us waiting.
  const isFile = await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const text = isFile ? await readFile(path, "utf8").catch(() => "") : "";
  const [, digits] = /^(\d{1,10})\s/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
