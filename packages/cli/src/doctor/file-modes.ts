import { chmod, lstat } from "node:fs/promises";
import type { ErrorDetails } from "@fairlead/core";
import { lookAtPrivacy, makePrivate } from "@fairlead/machine";
import { commandLine } from "./shell-words.js";

/** A file or folder of ours that others can use. */
export interface OpenFile {
  readonly path: string;
  /** In words: `mode 0644`, or on Windows who it is open to. */
  readonly how: string;
  /** The line to type that takes the rights of others away. */
  readonly remedy: string;
  /** The same for programs. */
  readonly details: ErrorDetails;
  /** Whether it belongs to another user. */
  readonly isForeign: boolean;
}

const isWindows = process.platform === "win32";

/**
 * Finds those files and folders that others can read or write, or that are not ours. What is not there is left out, and on
 * Windows what nobody can tell it of.
 */
export async function findOpenFiles(paths: readonly string[]): Promise<readonly OpenFile[]> {
  const found = await Promise.all(paths.map(isWindows ? lookAtAccess : lookAtMode));
  return found.filter((file) => file !== undefined);
}

/** Takes the rights of others away. @returns what was done, in words */
export async function closeFiles(files: readonly OpenFile[]): Promise<string> {
  const ours = files.filter(({ isForeign }) => !isForeign);
  for (const { path } of ours) {
    if (isWindows) await makePrivate(path);
    else await chmod(path, (await lstat(path)).mode & 0o700);
  }
  return `took the rights of others away from ${ours.map(({ path }) => path).join(", ")}`;
}

async function lookAtAccess(path: string): Promise<OpenFile | undefined> {
  const privacy = await lookAtPrivacy(path);
  if (privacy.kind !== "open") return undefined;
  return {
    path,
    how: `open to ${privacy.how}`,
    remedy: privacy.remedy,
    details: { openTo: privacy.how },
    isForeign: false,
  };
}

async function lookAtMode(path: string): Promise<OpenFile | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const isForeign = process.getuid !== undefined && stats.uid !== process.getuid();
  // What a link leads to is judged where it is; the modes of the link itself say nothing.
  if (stats.isSymbolicLink() || ((stats.mode & 0o077) === 0 && !isForeign)) return undefined;
  const mode = `0${(stats.mode & 0o777).toString(8)}`;
  const remedy = commandLine(["chmod", "go=", path]);
  return { path, how: `mode ${mode}`, remedy, details: { mode }, isForeign };
}
