import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { retryInUse } from "@fairlead/core";
import type { StoreAnswer } from "../store-port.js";

/** Ten thousand credentials are smaller. */
const maxFileBytes = 16 * 1024 * 1024;

/** Anybody but the owner. Windows has no such bits: there whoever opens the store closes its folder by an access list. */
const othersMode = 0o077;
const hasModes = process.platform !== "win32";

/** Reads a file that only its owner may read, and makes it so where it is not. Never rejects. */
export async function readPrivateFile(path: string): Promise<StoreAnswer<string>> {
  let handle: FileHandle | undefined;
  try {
    // A pipe of that name would keep us waiting.
    handle = await open(path, constants.O_RDONLY | (hasModes ? constants.O_NONBLOCK : 0));
    const facts = await handle.stat();
    if (!facts.isFile()) return { kind: "corrupt", reason: `${path} is not a file` };
    if (facts.size > maxFileBytes) {
      return { kind: "corrupt", reason: `${path} is larger than ${maxFileBytes} bytes` };
    }
    if (hasModes && (facts.mode & othersMode) !== 0) await handle.chmod(0o600);
    return decode(path, await handle.readFile());
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT") return { kind: "absent" };
    if (code === "EISDIR") return { kind: "corrupt", reason: `${path} is not a file` };
    return { kind: "unavailable", reason: `${path} cannot be read (${code ?? String(cause)})` };
  } finally {
    await handle?.close();
  }
}

/**
 * Replaces a file as a whole, readable by its owner alone: after a crash there is the former one or this one. Whoever calls
 * keeps all others from writing it meanwhile.
 * @throws Error of the system
 */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${randomBytes(8).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await retryInUse(() => rename(temporary, path), process.platform);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder that only its owner may look into, or tightens one that is there. @throws Error of the system */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (hasModes && ((await stat(folder)).mode & othersMode) !== 0) await chmod(folder, 0o700);
}

/** Removes what a crash left beside a file. Whoever calls keeps all others from writing it meanwhile. */
export async function sweepTemporaries(path: string): Promise<void> {
  const names = await readdir(dirname(path));
  const stale = names.filter((name) => name.startsWith(temporaryPrefix(path)) && name.endsWith(".tmp"));
  await Promise.all(stale.map((name) => rm(join(dirname(path), name), { force: true })));
}

/** The system's name of a failure, for example `ENOENT`; undefined if it did not come from there. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`;
}

function decode(path: string, bytes: Uint8Array): StoreAnswer<string> {
  try {
    return { kind: "found", value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { kind: "corrupt", reason: `${path} is not UTF-8 text` };
  }
}

/** The new name is safe only once the folder is. Windows cannot do it, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (!hasModes) return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
