import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { asidePath, type LogFile, type LogLimits, listLogFiles } from "./log-files.js";

/**
 * Puts a log file aside that was seen to be too large, unless another process has done so since. Several processes may do so
 * at once without a lock: a file gets a name that nobody else makes, so the worst that a race leads to is one that was put
 * aside early.
 * @returns whether it was
 */
export async function putAside(path: string, seenBytes: number): Promise<boolean> {
  // It only grows, so a smaller one is another one.
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size < seenBytes) return false;
  return rename(path, asidePath(path, new Date())).then(
    () => true,
    () => false,
  );
}

/** Removes what is more than the limits allow: of one server, and of all together. Never the file at `path`. */
export async function removeOldest(path: string, limits: LogLimits): Promise<void> {
  const files = await listLogFiles(dirname(path));
  const own = files.filter((file) => file.aside !== undefined && file.path.startsWith(`${path}.`));
  const surplus = new Set(own.slice(0, Math.max(0, own.length - limits.keptFiles)));
  const rest = files.filter((file) => !surplus.has(file));
  let totalBytes = rest.reduce((sum, { stats }) => sum + stats.size, 0);
  for (const file of rest.toSorted(byLastWrite)) {
    if (totalBytes <= limits.totalBytes) break;
    if (file.path === path) continue;
    surplus.add(file);
    totalBytes -= file.stats.size;
  }
  await Promise.allSettled([...surplus].map((file) => rm(file.path, { force: true })));
}

function byLastWrite(one: LogFile, other: LogFile): number {
  return one.stats.mtimeMs - other.stats.mtimeMs;
}
