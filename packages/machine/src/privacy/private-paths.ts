import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import { shellLine } from "@fairlead/core";
import { type AccessAnswer, closeAccess, closingCommand, readAccess } from "./windows-access.js";

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

/** What was found to be private, for it stays so as far as we are concerned: each look starts two programs. */
const foundPrivate = new Set<string>();

/**
 * Looks who else may use a file or folder: on Windows by its access list, elsewhere by its mode. Answers `private` for what
 * is not there.
 */
export async function lookAtPrivacy(path: string): Promise<Privacy> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || foundPrivate.has(path)) return { kind: "private" };
  if (!isWindows) return judgeMode(path, stats);
  const privacy = judgeAccess(path, stats.isDirectory(), await readAccess(path));
  if (privacy.kind === "private") foundPrivate.add(path);
  return privacy;
}

/** Takes the rights of others away. @throws Error of the system, or FairleadError `unavailable` */
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
  if (isWindows && made !== undefined) await closeAccess(path).catch(() => {});
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
  const how = answer.others.map(({ name }) => name).join(", ");
  return { kind: "open", how, remedy: closingCommand(path, isFolder, answer) };
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
