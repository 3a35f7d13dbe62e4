import type { Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { checkListOptions, type FolderEntry, type FolderListing, type ListOptions } from "@fairlead/core";
import { type FileTask, refusal, toFileError } from "./file-errors.js";
import { toFileKind } from "./file-facts.js";
import type { FileSpace } from "./file-space.js";
import type { Held } from "./held.js";
import { throwIfAborted } from "./throw-if-aborted.js";

const defaultLimit = 10_000;
const mostEntries = 100_000;
/** Looks at entries that are under way at once. */
const looksAtOnce = 16;
/** Entries of one read of a folder. */
const entriesPerRead = 256;

/** Lists a folder. */
export async function listFolder(
  space: FileSpace,
  path: string,
  options: ListOptions = {},
): Promise<FolderListing> {
  const task: FileTask = { doing: "list", path };
  checkListOptions(options);
  const limit = Math.min(options.limit ?? defaultLimit, mostEntries);
  await using folder = await space.hold(task);
  if (!folder.facts.isDirectory()) throw refusal("ENOTDIR", task);
  try {
    const found: Entry[] = [];
    let isTruncated = false;
    for await (const entry of readFolder(folder)) {
      throwIfAborted(options.signal, task);
      if (found.length >= limit) {
        isTruncated = true;
        break;
      }
      found.push(entry);
    }
    await folder.confirm();
    found.sort((left, right) => (left.name < right.name ? -1 : Number(left.name > right.name)));
    const entries = found.map(({ name, isText, kind }): FolderEntry => {
      return { name, kind, uri: isText ? uriOf(space, folder.path, name) : undefined };
    });
    if (options.details !== true) return { entries, isTruncated };
    const details = await lookAtAll(folder, found, options.signal);
    return { entries: entries.map((entry, index) => ({ ...entry, ...details[index] })), isTruncated };
  } catch (error) {
    throw toFileError(error, task);
  }
}

/** An entry of a folder as it is read. */
export interface Entry {
  /** Bytes that are no text show as U+FFFD. */
  readonly name: string;
  /** Whether the name is what it seems to be. */
  readonly isText: boolean;
  readonly kind: FolderEntry["kind"];
  /** The name as the system has it. */
  readonly bytes: Buffer;
}

/** Reads the entries of a folder a few at a time, in the order in which the system has them. */
export async function* readFolder(folder: Held): AsyncGenerator<Entry> {
  const opened = await opendir(folder.handle, {
    encoding: "buffer" as BufferEncoding,
    bufferSize: entriesPerRead,
  });
  for await (const entry of opened) yield toEntry(entry);
}

/** The path URI of a name in a folder; undefined for the few names that no path URI can say. */
export function uriOf(space: FileSpace, folder: string, name: string): string | undefined {
  const path = `${folder.endsWith("/") || folder.endsWith("\\") ? folder : `${folder}${separatorOf(space)}`}${name}`;
  const uri = space.toUri(path);
  try {
    return space.toNative(uri) === path ? uri : undefined;
  } catch {
    // A NUL, or what Windows does not allow in a name.
    return undefined;
  }
}

function separatorOf({ convention }: FileSpace): string {
  return convention === "windows" ? "\\" : "/";
}

function toEntry(entry: Dirent): Entry {
  // Typed as text; with the encoding "buffer" it is bytes.
  const raw: unknown = entry.name;
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(entry.name);
  const name = bytes.toString();
  const isText = !name.includes("\u{fffd}") || Buffer.from(name).equals(bytes);
  return { name, isText, kind: toFileKind(entry), bytes };
}

type Details = Pick<FolderEntry, "sizeBytes" | "modifiedAtMs">;

async function lookAtAll(
  folder: Held,
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<readonly Details[]> {
  const details: Details[] = [];
  const waiting = entries.entries();
  const look = async (): Promise<void> => {
    for (const [index, entry] of waiting) {
      throwIfAborted(signal, { doing: "list", path: folder.path });
      details[index] = await detailsOf(folder, entry);
    }
  };
  await Promise.all(Array.from({ length: looksAtOnce }, look));
  return details;
}

async function detailsOf(folder: Held, { bytes }: Entry): Promise<Details> {
  try {
    const { size, mtimeMs } = await lstat(Buffer.concat([Buffer.from(`${folder.handle}/`), bytes]));
    return { sizeBytes: size, modifiedAtMs: Math.floor(mtimeMs) };
  } catch {
    // It vanished meanwhile; that it was there is still told.
    return {};
  }
}
