import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hubEnding, isProvenDead, ownerOf, runFolder, socketEnding } from "../../control/control-paths.js";
import { type CheckOutcome, ok, warning } from "../check.js";

/** The lock of whoever starts a hub: the number of its process, and a word. */
const startLock = "hub-start.lock";

/** Looks for what hosts that are proven dead left in a home: sockets, marks and locks. */
export async function checkRunFolder(home: string): Promise<CheckOutcome> {
  const folder = runFolder(home);
  const names = await readdir(folder).catch(() => []);
  const stale: string[] = [];
  let living = 0;
  for (const name of names) {
    const pid = ownerOf(name, socketEnding) ?? ownerOf(name, hubEnding) ?? (await lockOwner(folder, name));
    if (pid === undefined) continue;
    if (isProvenDead(pid)) stale.push(name);
    else if (name.endsWith(socketEnding)) living += 1;
  }
  if (stale.length === 0) return ok(living === 1 ? "1 host is running" : `${living} hosts are running`, { hosts: living });
  return warning(`${stale.length} left by processes that are gone: ${stale.join(", ")}`, {
    details: { folder, files: stale.join(", ") },
    remediation: "fairlead doctor --fix",
    fix: async () => {
      await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
      return `removed ${stale.join(", ")}`;
    },
  });
}

async function lockOwner(folder: string, name: string): Promise<number | undefined> {
  if (name !== startLock) return undefined;
  const text = await readFile(join(folder, name), "utf8").catch(() => "");
  const pid = Number(text.split(" ")[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
