import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import { win32 } from "node:path";
import { shellLine } from "@fairlead/core";
import { type AccessAnswer, closeAccess, closingCommand, namesOf, readAccess } from "./windows-access.js";

/** What others on this machine may do with a file or folder of ours. */
export type Privacy =
  | { readonly kind: "private" }
  | {
      readonly kind: "open";
      /** In words: `mode 0644`, `everyone`. */
      readonly how: string;
      /** The line to type that closes it. */
      readonly remedy: string;
    }
  /** Only on Windows: nobody tells, for example on a drive without access lists. */
  | { readonly kind: "unknown"; readonly why: string };

/** Rights of anybody but the owner. */
const othersBits = 0o077;

const isWindows = process.platform === "win32";

/**
 * Looks who else may use a file or folder: on Windows by its access list, elsewhere by its mode. Answers `private` for what
 * is not there.
 */
export async function lookAtPrivacy(path: string): Promise<Privacy> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return { kind: "private" };
  if (!isWindows) return judgeMode(path, stats);
  return judgeAccess(path, stats.isDirectory(), await readAccess(path));
}

/**
 * Takes the rights of others away.
 * @throws Error of the system; on Windows FairleadError `unavailable`, also where it is open all the same
 */
export async function makePrivate(path: string): Promise<void> {
  if (isWindows) await closeAccess(path);
  else await chmod(path, (await lstat(path)).mode & ~othersBits & 0o777);
}

/**
 * Makes a folder with those above it that only this user, the system and administrators can look into; one that is there
 * is left as it is. On a drive without access lists it is made all the same: who reads secrets in it looks for himself.
 * @throws Error of the system
 */
export async function makePrivateFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (!isWindows || made === undefined) return;
  for (const folder of foldersDownTo(path, made)) await closeAccess(folder).catch(() => {});
}

/** From the first one that was made to the last. Windows may tell the first one in its long form. */
export function foldersDownTo(path: string, first: string): readonly string[] {
  const last = win32.resolve(path);
  const top = win32.resolve(first.replace(/^\\\\\?\\/, ""));
  const folders = [last];
  const isAbove = `${last}\\`.toLowerCase().startsWith(`${top}\\`.toLowerCase());
  const above = isAbove ? last.length - top.length : 0;
  for (let at = last; last.length - at.length < above; folders.unshift(at)) at = win32.dirname(at);
  return folders;
}

/**
 * Makes a folder private, whether it is there or not. For a folder of ours that holds nothing but secrets.
 * @returns why nobody can tell whether it is private now; undefined where it is
 * @throws Error of the system
 */
export async function keepFolderPrivate(path: string): Promise<string | undefined> {
  await makePrivateFolder(path);
  const found = await lookAtPrivacy(path);
  if (found.kind === "open") await makePrivate(path);
  return found.kind === "unknown" ? found.why : undefined;
}

/** What an access list means. @param isFolder for the line that closes it */
export function judgeAccess(path: string, isFolder: boolean, answer: AccessAnswer): Privacy {
  if (answer.kind === "unknown") return answer;
  if (answer.others.length === 0) return { kind: "private" };
  return { kind: "open", how: namesOf(answer.others), remedy: closingCommand(path, isFolder, answer) };
}

function judgeMode(path: string, stats: Stats): Privacy {
  if ((stats.mode & othersBits) === 0) return { kind: "private" };
  const mode = stats.isDirectory() ? "700" : "600";
  return {
    kind: "open",
    how: `mode ${(stats.mode & 0o777).toString(8).padStart(4, "0")}`,
    remedy: shellLine(["chmod", mode, path]),
  };
}
