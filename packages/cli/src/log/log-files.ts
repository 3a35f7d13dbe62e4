import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** How much is kept. */
export interface LogLimits {
  /** A file that would grow over it is put aside, in bytes. @default 1 MiB */
  readonly fileBytes: number;
  /** Files put aside that are kept of each server. @default 4 */
  readonly keptFiles: number;
  /** All logs of a home together, in bytes: the oldest files go first. @default 128 MiB */
  readonly totalBytes: number;
}

/** Some ten thousand lines of every server, and no full disk with a hundred of them. */
export const defaultLogLimits: LogLimits = {
  fileBytes: 1024 * 1024,
  keptFiles: 4,
  totalBytes: 128 * 1024 * 1024,
};

/** The folder of a home with a log for every server that ran. */
export function logFolder(home: string): string {
  return join(home, "log");
}

/** A log file that was found, or what was put aside of it. */
export interface LogFile {
  readonly path: string;
  readonly server: string;
  /** When it was put aside, as it is spelled in the name; undefined for the file that is written. */
  readonly aside: string | undefined;
  readonly stats: Stats;
}

const serverName = /^[\w-]{1,128}$/;
const fileName = /^([\w-]{1,128})\.log(?:\.(\d{8}T\d{9}Z-[0-9a-f]{8}-\d{6,15}))?$/;

/** Where the log of a server is written; undefined for a name that no server can have. */
export function logPath(folder: string, server: string): string | undefined {
  return serverName.test(server) ? join(folder, `${server}.log`) : undefined;
}

/** Tells this process from every other one, also from those of containers that share the folder. */
const processName = randomBytes(4).toString("hex");
let asideCount = 0;

/** A name for a file that is put aside now: they sort by time, and nobody makes the same one again. */
export function asidePath(path: string, now: Date): string {
  asideCount += 1;
  const time = now.toISOString().replaceAll(/[-:.]/g, "");
  return `${path}.${time}-${processName}-${String(asideCount).padStart(6, "0")}`;
}

/** The log files of one server, or of all, the oldest of each first. Empty where there is no folder yet. */
export async function listLogFiles(folder: string, server?: string): Promise<readonly LogFile[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<LogFile | undefined> => {
      const [, owner, aside] = fileName.exec(name) ?? [];
      if (owner === undefined || (server !== undefined && !isSameFileName(owner, server))) return undefined;
      const path = join(folder, name);
      // It may have been put aside, or removed, in this very moment.
      const stats = await stat(path).catch(() => undefined);
      return stats?.isFile() === true ? { path, server: owner, aside, stats } : undefined;
    }),
  );
  return found.filter((file) => file !== undefined).toSorted(byAge);
}

/** Some file systems do not tell names apart that differ in case only; entries say whose they are. */
function isSameFileName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function byAge(one: LogFile, other: LogFile): number {
  if (one.server !== other.server) return one.server < other.server ? -1 : 1;
  if (one.aside === undefined || other.aside === undefined) return one.aside === undefined ? 1 : -1;
  return one.aside < other.aside ? -1 : 1;
}
