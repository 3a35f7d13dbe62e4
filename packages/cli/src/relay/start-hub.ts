import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDetached } from "@fairlead/machine";
import { pidSpace } from "@fairlead/machine/process-mark";
import { isProvenDead, runFolder } from "../control/control-paths.js";
import { packageFolder } from "../package-folder.js";
import { findHub, type HubSearch, type RelayHello } from "./find-hub.js";
import { takeStartLock } from "./start-lock.js";

const binary = join(packageFolder, "bin", "fairlead.js");

/** A cold start takes about half a second on a slow machine; more than this and it will not come. */
const startLimitMs = 10_000;
const lookEveryMs = 25;

/** Variables that tell of one agent's place, and go with it. */
const agentsOwn: ReadonlySet<string> = new Set(["PWD", "OLDPWD", "TERM", "TMPDIR"]);

/** A hub that was started for agents ends when the last one is gone for so long, in seconds. */
const lingerSec = 300;

/**
 * Starts a hub that outlives this process, unless somebody else has started one or is about to, and attaches to it. A hub
 * takes agents in before it has started its own servers, so that a slow one of those costs nobody the hub.
 */
export async function startHub(home: string, hello: RelayHello): Promise<HubSearch> {
  await Promise.all(
    [runFolder(home), join(home, "state")].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
  );
  // Only those of this machine and container keep out of each other's way: each of them has a hub of its own.
  const giveBack = await takeStartLock(join(runFolder(home), `hub-start-${pidSpace()}.lock`));
  try {
    let pid: number | undefined;
    if (giveBack !== undefined) {
      // Whoever had the lock until now may have left a hub behind; and one that is busy answers late.
      const search = await findHub(home, hello, startLimitMs);
      if (search.kind !== "none") return search;
      pid = await launchHub(home);
    }
    const deadlineMs = Date.now() + startLimitMs;
    for (;;) {
      const search = await findHub(home, hello, startLimitMs);
      const isLate = Date.now() > deadlineMs || (pid !== undefined && isProvenDead(pid));
      if (search.kind !== "none" || isLate) return search;
      await sleep(lookEveryMs);
    }
  } finally {
    await giveBack?.();
  }
}

/** @returns its process id */
async function launchHub(home: string): Promise<number> {
  const log = await open(join(home, "state", "hub.log"), "w", 0o600);
  try {
    const args = [binary, "serve", "--http", "--linger-sec", String(lingerSec)];
    // Nothing of a hub may depend on what the agent that started it has for itself: its folder, its terminal.
    return await startDetached({
      program: process.execPath,
      args,
      cwd: home,
      env: { ...withoutOwn(process.env), FAIRLEAD_HOME: home },
      stderrFd: log.fd,
    });
  } finally {
    await log.close();
  }
}

function withoutOwn(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !agentsOwn.has(name)));
}
