import { chmod, lstat, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { FairleadError } from "@fairlead/core";

/**
 * Takes a socket path for this process: makes its private folder, and removes what a dead owner left behind.
 * @returns releases the path again
 * @throws FairleadError `already_exists` if another executor is listening there, `usage` if the folder is open to others
 */
export async function lockSocketPath(path: string): Promise<() => Promise<void>> {
  await ensurePrivateFolder(dirname(path));
  const lockPath = `${path}.lock`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await tryLock(lockPath)) {
      if (await answers(path)) {
        await rm(lockPath, { force: true });
        throw inUse(path);
      }
      await rm(path, { force: true });
      return async () => {
        await rm(path, { force: true });
        await rm(lockPath, { force: true });
      };
    }
    if (await ownerLives(lockPath, path)) throw inUse(path);
    await rm(lockPath, { force: true });
  }
  throw inUse(path);
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
      `The folder ${folder} is open to other users, so anybody could reach the executor. Run: chmod 700 ${folder}`,
      { reason: "insecure_transport", effect: "none", details: { path: folder } },
    );
  }
}

async function tryLock(lockPath: string): Promise<boolean> {
  try {
    await writeFile(lockPath, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** A process id may have been given to somebody else, so a living one counts only if the socket answers too. */
async function ownerLives(lockPath: string, path: string): Promise<boolean> {
  const pid = Number.parseInt(await readFile(lockPath, "utf8").catch(() => ""), 10);
  if (!Number.isInteger(pid) || !isAlive(pid)) return false;
  return answers(path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
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
