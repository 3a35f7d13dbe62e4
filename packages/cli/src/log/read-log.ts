import { open } from "node:fs/promises";
import { type LogEntry, parseLogEntry } from "./log-entry.js";
import { type LogFile, listLogFiles } from "./log-files.js";

/** Which entries are wanted. */
export interface LogQuery {
  /** @default of all servers */
  readonly server?: string | undefined;
  /** None before this Unix time in milliseconds. @default all that are kept */
  readonly sinceMs?: number | undefined;
  /** At most so many, the newest. @default all */
  readonly count?: number | undefined;
}

/** How far a file was read. */
interface ReadMark {
  readonly bytes: number;
  readonly server: string;
  readonly birthtimeMs: number;
  /** Whether that is when the file was made, and not its last change, as some file systems have it. */
  readonly isBirthSure: boolean;
  /** It was not found the last time: one that gets another name in that moment has neither. */
  readonly isMissed: boolean;
}

/** How far files were read, by what tells each from every other one that there is now, whatever it is called. */
export type ReadMarks = Map<string, ReadMark>;

/** Reads what is kept, in the order in which it was written. @param marks notes how far, for whoever reads on */
export async function readLog(
  folder: string,
  query: LogQuery,
  marks: ReadMarks = new Map(),
): Promise<readonly LogEntry[]> {
  const files = await listLogFiles(folder, query.server);
  const { count = Number.POSITIVE_INFINITY } = query;
  const wanted: LogEntry[] = [];
  for (const group of groupByServer(files)) {
    const ofServer: (readonly LogEntry[])[] = [];
    let found = 0;
    // The newest first: mostly that is all that has to be read.
    for (const file of group.toReversed()) {
      const isEnough = found >= count || isBefore(file, query.sinceMs);
      const entries = isEnough ? skip(file, marks) : await readOn(file, query, marks);
      found += entries.length;
      ofServer.unshift(entries);
    }
    wanted.push(...ofServer.flat());
  }
  const sorted = wanted.toSorted(byTime);
  return count >= sorted.length ? sorted : sorted.slice(sorted.length - count);
}

/** Reads what came behind the marks, also in files that were put aside since, or are new; forgets files that are gone. */
export async function readFurther(
  folder: string,
  query: Pick<LogQuery, "server" | "sinceMs">,
  marks: ReadMarks,
): Promise<readonly LogEntry[]> {
  const files = await listLogFiles(folder, query.server);
  const living = new Set(files.map(identityOf));
  for (const [identity, mark] of marks) {
    if (mark.isMissed && !living.has(identity)) marks.delete(identity);
    else marks.set(identity, { ...mark, isMissed: !living.has(identity) });
  }
  const entries: LogEntry[] = [];
  for (const file of files) entries.push(...(await readOn(file, query, marks)));
  return entries.toSorted(byTime);
}

async function readOn(
  file: LogFile,
  { server, sinceMs = Number.NEGATIVE_INFINITY }: LogQuery,
  marks: ReadMarks,
): Promise<readonly LogEntry[]> {
  const identity = identityOf(file);
  const from = readBefore(file, marks.get(identity));
  if (file.stats.size <= from) return [];
  const read = await readFrom(file.path, from, identity);
  if (read === undefined) return [];
  // A line that is being written is read when it is whole.
  const end = read.lastIndexOf(10) + 1;
  marks.set(identity, markOf(file, from + end));
  return read
    .toString("utf8", 0, end)
    .split("\n")
    .flatMap((line) => parseLogEntry(line) ?? [])
    .filter((entry) => server === undefined || entry.server === server)
    .filter((entry) => Date.parse(entry.time) >= sinceMs);
}

/** @returns undefined where the file of that name is another one by now, or gone: it is found again under its new name */
async function readFrom(path: string, from: number, identity: string): Promise<Buffer | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (identityOf({ stats }) !== identity) return undefined;
    const buffer = Buffer.alloc(Math.max(0, stats.size - from));
    let length = 0;
    for (let got = -1; length < buffer.length && got !== 0; length += got) {
      got = (await file.read(buffer, length, buffer.length - length, from + length)).bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

function skip(file: LogFile, marks: ReadMarks): readonly LogEntry[] {
  marks.set(identityOf(file), markOf(file, file.stats.size));
  return [];
}

function markOf({ server, stats }: LogFile, bytes: number): ReadMark {
  const { birthtimeMs, ctimeMs } = stats;
  return { bytes, server, birthtimeMs, isBirthSure: birthtimeMs !== ctimeMs, isMissed: false };
}

/** How much of a file was read. A file system gives the number of a file that is gone to a new one, of which it is nothing. */
function readBefore(file: LogFile, mark: ReadMark | undefined): number {
  if (mark === undefined || mark.server !== file.server || file.stats.size < mark.bytes) return 0;
  const now = markOf(file, mark.bytes);
  const isOther = now.birthtimeMs !== mark.birthtimeMs && (now.isBirthSure || mark.isBirthSure);
  return isOther ? 0 : mark.bytes;
}

function identityOf({ stats }: Pick<LogFile, "stats">): string {
  return `${stats.dev}:${stats.ino}`;
}

function isBefore({ stats }: LogFile, sinceMs: number | undefined): boolean {
  return sinceMs !== undefined && stats.mtimeMs < sinceMs;
}

function groupByServer(files: readonly LogFile[]): readonly (readonly LogFile[])[] {
  const groups = new Map<string, LogFile[]>();
  for (const file of files) {
    const group = groups.get(file.server);
    if (group === undefined) groups.set(file.server, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}

/** Texts of ISO times sort as the times do; equal ones stay in the order in which they were written. */
function byTime(one: LogEntry, other: LogEntry): number {
  if (one.time === other.time) return 0;
  return one.time < other.time ? -1 : 1;
}
