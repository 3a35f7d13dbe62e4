import { chmod, link, lstat, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FairleadError, shellLine } from "@fairlead/core";
import { askGuard, askSocket, guardPath, openGuard } from "./lock-guard.js";
import {
  createLockLine,
  createLockWord,
  forgetLockLine,
  judgeLockLine,
  type LockOwnerState,
  lockWordsOf,
} from "./lock-owner.js";
import { sweepGuards } from "./sweep-guards.js";

/** How long a living owner whose socket does not answer yet may take: it ends first what a dead one left behind. */
const defaultPatienceMs = 5_000;
const pollMs = 50;

/** How a socket path is taken. */
export interface SocketLockOptions {
  /** How long to wait for the socket of an owner that lives. @default 5,000 ms */
  readonly patienceMs?: number;
}

/**
 * Takes a socket path for this process: makes its private folder, and removes what dead owners left behind. An owner
 * that lives is never robbed, also while its socket does not answer yet.
 * @returns releases the path again, unless it has become somebody else's
 * @throws FairleadError `already_exists` if another executor is or will be listening there, `usage` if the folder is open
 * to others
 */
export async function lockSocketPath(
  path: string,
  options: SocketLockOptions = {},
): Promise<() => Promise<void>> {
  await ensurePrivateFolder(dirname(path));
  const word = createLockWord();
  const guard = await openGuard(guardPath(path, word));
  try {
    const release = await takeLock(path, createLockLine({ word, guard: guard?.identity }), options);
    await sweepGuards(dirname(path));
    return async () => {
      await release();
      await guard?.[Symbol.asyncDispose]();
    };
  } catch (error) {
    await guard?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function takeLock(path: string, own: string, options: SocketLockOptions): Promise<() => Promise<void>> {
  const lockPath = `${path}.lock`;
  const giveUpAtMs = performance.now() + (options.patienceMs ?? defaultPatienceMs);
  for (;;) {
    if (await tryLock(lockPath, own)) {
      if (await answers(path)) {
        await unlock(lockPath, own);
        throw inUse(path);
      }
      await rm(path, { force: true });
      return async () => {
        if ((await readText(lockPath)) === own) await rm(path, { force: true });
        await unlock(lockPath, own);
      };
    }
    const owner = await readText(lockPath);
    if (owner === undefined) continue;
    const state = await judge(lockPath, owner);
    if (state !== "dead" && (await answers(path))) throw inUse(path);
    const isOverdue = performance.now() > giveUpAtMs;
    if (state === "alive" && isOverdue) throw inUse(path);
    // Where nobody tells when a process began, its id may be somebody else's by now: then the silence counts.
    if (state === "dead" || isOverdue) await discardOf(lockPath, owner, own);
    else await delay(pollMs);
  }
}

/** What the id of a process does not tell, as in another container, its guard may. */
async function judge(lockPath: string, owner: string): Promise<LockOwnerState> {
  const state = judgeLockLine(owner);
  if (state !== "likely") return state;
  const { word, guard } = lockWordsOf(owner);
  const answer = await askGuard(guardPath(lockPath, word), guard);
  return answer === "unknown" ? state : answer;
}

/** Removes the lock of another owner, with what is left of its guard. */
async function discardOf(lockPath: string, owner: string, own: string): Promise<void> {
  await discard(lockPath, owner, own);
  const guard = guardPath(lockPath, lockWordsOf(owner).word);
  if (guard !== undefined) await rm(guard, { force: true });
}

/** The numeric owner of the folder that guards a socket: whoever can connect to it is that user (or root). */
export async function socketFolderOwner(path: string): Promise<number> {
  return (await stat(dirname(path))).uid;
}

async function ensurePrivateFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chmod(folder, 0o700);
  const { mode } = await lstat(folder);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new FairleadError(
      "usage",
      `The folder ${folder} is open to other users, so anybody could reach the executor. Run: ${shellLine(["chmod", "700", folder])}`,
      { reason: "insecure_transport", effect: "none", details: { path: folder } },
    );
  }
}

/** Whole or not at all: a lock that was made but not written yet would look like that of a dead owner. */
async function tryLock(lockPath: string, own: string): Promise<boolean> {
  const draft = asideOf(lockPath, own);
  await writeFile(draft, own, { mode: 0o600 });
  try {
    await link(draft, lockPath);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function unlock(lockPath: string, own: string): Promise<void> {
  forgetLockLine(own);
  await discard(lockPath, own, own);
}

/** Removes a lock if it still is the one that was judged: two starters may have judged the same one. */
async function discard(lockPath: string, judged: string, own: string): Promise<void> {
  if ((await readText(lockPath)) !== judged) return;
  const aside = `${asideOf(lockPath, own)}.old`;
  try {
    await rename(lockPath, aside);
    if ((await readText(aside)) !== judged) await link(aside, lockPath);
  } catch (error) {
    // Somebody else removed it, or has made another one.
    if (!isCode(error, "ENOENT") && !isCode(error, "EEXIST")) throw error;
  }
  await rm(aside, { force: true });
}

function asideOf(lockPath: string, own: string): string {
  return `${lockPath}.${own.trim().split(" ")[2]}`;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function answers(path: string): Promise<boolean> {
  return (await askSocket(path)) === "alive";
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function inUse(path: string): FairleadError {
  return new FairleadError("already_exists", `Another executor is listening on ${path} already`, {
    reason: "address_in_use",
    effect: "none",
    details: { path },
  });
}
