import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject } from "@fairlead/core";
import type { CachedLists, CatalogueStore } from "@fairlead/host";
import { replaceStateFile } from "./state-file.js";

/** Where lists are kept, and what is told. */
export interface CatalogueStoreOptions {
  readonly home: string;
  /** Told, once, that nothing can be kept. */
  readonly warn: (text: string) => void;
}

/** A larger file is neither written nor read: five thousand tools fit well. */
const maxFileBytes = 16 * 1024 * 1024;

/** Every other launch has a file of its own; beyond this the oldest are forgotten. */
const maxFiles = 200;

/** Keeps lists of servers in files of the home folder, one each, that their owner alone can read. */
export function createCatalogueFiles({ home, warn }: CatalogueStoreOptions): CatalogueStore {
  const folder = join(home, "state", "catalogue");
  let isWarned = false;
  /** Of two writes of one key the later one must win. */
  let writing: Promise<void> = Promise.resolve();

  const replace = async (file: string, text: string): Promise<void> => {
    try {
      await replaceStateFile(file, text);
      await forgetOldest(folder);
    } catch (cause) {
      if (!isWarned)
        warn(`${folder} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`);
      isWarned = true;
    }
  };

  const keep = async (file: string, lists: CachedLists, text: string): Promise<void> => {
    // A file's time tells when its lists were seen last. Whoever watches the folder is not told of lists that are the same.
    const now = new Date();
    const touch = (): Promise<boolean> =>
      utimes(file, now, now).then(
        () => true,
        () => false,
      );
    const known = await readLists(file);
    if (known !== undefined && saysTheSame(known, lists) && (await touch())) return;
    await replace(file, text);
  };

  return {
    async read(key) {
      const file = fileOf(folder, key);
      return file === undefined ? undefined : await readLists(file);
    },
    async write(key, lists) {
      const file = fileOf(folder, key);
      const text = `${JSON.stringify(lists)}\n`;
      if (file === undefined || Buffer.byteLength(text) > maxFileBytes) return;
      writing = writing.then(() => keep(file, lists, text));
      await writing;
    },
  };
}

async function readLists(file: string): Promise<CachedLists | undefined> {
  try {
    if ((await stat(file)).size > maxFileBytes) return undefined;
    return toCachedLists(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Missing, damaged or unreadable: it is read from the server again, and written anew.
    return undefined;
  }
}

function saysTheSame(one: CachedLists, other: CachedLists): boolean {
  return contentOf(one) === contentOf(other);
}

function contentOf({ capabilities, lists }: CachedLists): string {
  return JSON.stringify([capabilities, lists]);
}

async function forgetOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= maxFiles) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const { mtimeMs = 0 } = (await stat(file).catch(() => undefined)) ?? {};
      return { file, mtimeMs };
    }),
  );
  const oldest = files
    .toSorted((one, other) => one.mtimeMs - other.mtimeMs)
    .slice(0, names.length - maxFiles);
  await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
}

function fileOf(folder: string, key: string): string | undefined {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/.test(key) ? join(folder, `${key}.json`) : undefined;
}

function toCachedLists(value: unknown): CachedLists | undefined {
  if (!isJsonObject(value) || value["version"] !== 1 || typeof value["savedAt"] !== "string")
    return undefined;
  const { version, savedAt, capabilities, lists } = value;
  if (!isJsonObject(capabilities) || !isJsonObject(lists)) return undefined;
  if (!Object.values(lists).every((items) => Array.isArray(items) && items.every(isText))) return undefined;
  return { version, savedAt, capabilities, lists };
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
