import { chmod, lstat } from "node:fs/promises";

/** What others may do with a file or folder of ours. */
export interface OpenFile {
  readonly path: string;
  /** As `chmod` takes it, for example `0644`. */
  readonly mode: string;
  /** Whether it belongs to another user. */
  readonly isForeign: boolean;
}

/**
 * Finds those files and folders that others can read or write, or that are not ours. What is not there is left out. Empty on
 * Windows, where modes say nothing.
 */
export async function findOpenFiles(paths: readonly string[]): Promise<readonly OpenFile[]> {
  if (process.platform === "win32") return [];
  const found = await Promise.all(paths.map(lookAt));
  return found.filter((file) => file !== undefined);
}

/** Takes the rights of others away. @returns what was done, in words */
export async function closeFiles(files: readonly OpenFile[]): Promise<string> {
  const ours = files.filter(({ isForeign }) => !isForeign);
  for (const { path } of ours) await chmod(path, (await lstat(path)).mode & 0o700);
  return `took the rights of others away from ${ours.map(({ path }) => path).join(", ")}`;
}

async function lookAt(path: string): Promise<OpenFile | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const isForeign = process.getuid !== undefined && stats.uid !== process.getuid();
  // What a link leads to is judged where it is; the modes of the link itself say nothing.
  if (stats.isSymbolicLink() || ((stats.mode & 0o077) === 0 && !isForeign)) return undefined;
  return { path, mode: `0${(stats.mode & 0o777).toString(8)}`, isForeign };
}
