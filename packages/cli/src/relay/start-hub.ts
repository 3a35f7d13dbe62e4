import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDetached } from "@fairlead/machine";
import { isProvenDead, runFolder } from "../control/control-paths.js";
import { packageFolder } from "../package-folder.js";
import { findHub, type HubSearch, type RelayHello } from "./find-hub.js";

const binary = join(packageFolder, "bin", "fairlead.js");

/** A cold start takes about half a second on a slow machine; more than this and it will not come. */
const startLimitMs = 10_000;
const lookEveryMs = 25;

/** A hub that was started for agents ends when the last one is gone for so long, in seconds. */
const lingerSec = 300;

/** Starts a hub that outlives this process, unless somebody else is starting one, and attaches to it. */
export async function startHub(home: string, hello: RelayHello): Promise<HubSearch> {
  await Promise.all(
    [runFolder(home), join(home, "state")].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
  );
  const lock = join(runFolder(home), "hub-start.lock");
  const isOurs = await take(lock);
  try {
    if (isOurs) {
      const log = await open(join(home, "state", "hub.log"), "w", 0o600);
      try {
        const args = [binary, "serve", "--http", "--linger-sec", String(lingerSec)];
        await startDetached({ program: process.execPath, args, stderrFd: log.fd });
      } finally {
        await log.close();
      }
    }
    const deadlineMs = Date.now() + startLimitMs;
    for (;;) {
      const search = await findHub(home, hello, startLimitMs);
      if (search.kind !== "none" || Date.now() > deadlineMs) return search;
      await sleep(lookEveryMs);
    }
  } finally {
    if (isOurs) await rm(lock, { force: true });
  }
}

/** Takes the lock, also from somebody who died with it. */
async function take(lock: string): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const isTaken = await writeFile(lock, String(process.pid), { flag: "wx", mode: 0o600 }).then(
      () => true,
      () => false,
    );
    if (isTaken) return true;
    const owner = Number(await readFile(lock, "utf8").catch(() => ""));
    if (!(owner > 0) || !isProvenDead(owner)) return false;
    await rm(lock, { force: true });
  }
  return false;
}
