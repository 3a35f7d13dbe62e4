import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { hubEnding, isProvenDead, ownerOf, runFolder, socketEnding } from "./control-paths.js";

/** The control sockets of a home, of hosts that are not proven dead. @param ending {@link hubEnding}: hubs only */
export async function listSockets(home: string, ending: string = socketEnding): Promise<string[]> {
  const names = await namesIn(runFolder(home));
  return names.flatMap((name) => {
    const pid = ownerOf(name, ending);
    if (pid === undefined || isProvenDead(pid)) return [];
    return [join(runFolder(home), `${pid}${socketEnding}`)];
  });
}

/** Removes what hosts left behind that are proven dead. Never rejects: it is only tidying. */
export async function sweepRunFolder(home: string): Promise<void> {
  const folder = runFolder(home);
  const names = await namesIn(folder);
  const left = names.filter((name) => {
    const pid = ownerOf(name, socketEnding) ?? ownerOf(name, hubEnding);
    return pid !== undefined && isProvenDead(pid);
  });
  await Promise.allSettled(left.map((name) => rm(join(folder, name), { force: true })));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
