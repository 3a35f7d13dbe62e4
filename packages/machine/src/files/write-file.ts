import { type BigIntStats, constants } from "node:fs";
import { access, type FileHandle, link, lstat, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  contentChunks,
  dropContent,
  type FileContent,
  type FileFacts,
  retryInUse,
  type WriteOptions,
  withEffect,
} from "@fairlead/core";
import { usersMode } from "../hardening/users-umask.js";
import { errnoOf, type FileTask, fileFailure, refusal, toFileError } from "./file-errors.js";
import { toFileFacts, toFileKind, versionOf } from "./file-facts.js";
import type { FileSpace } from "./file-space.js";
import type { Held } from "./held.js";
import { type HeldTarget, holdTarget } from "./held-target.js";
import { ensureFolder, type FolderProgress } from "./make-folder.js";
import { createTemporaryName } from "./temporary-name.js";
import { throwIfAborted } from "./throw-if-aborted.js";

/** What a file system without hard links answers to one; Windows says of its own, such as exFAT, that it is a folder. */
const noHardLinks = new Set(["EPERM", "EISDIR", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"]);

/** How a file is written, with everything that was given. */
interface Writing {
  readonly space: FileSpace;
  readonly task: FileTask;
  readonly content: FileContent;
  readonly options: WriteOptions;
  readonly progress: FolderProgress & { isInPlace: boolean };
}

/** Writes a whole file in one step. */
export async function writeFile(
  space: FileSpace,
  uri: string,
  given: { readonly content: FileContent; readonly options?: WriteOptions | undefined },
): Promise<FileFacts> {
  const { content, options = {} } = given;
  try {
    const task: FileTask = { doing: "write", path: space.toNative(uri) };
    return await write({ space, task, content, options, progress: { isInPlace: false, hasMade: false } });
  } catch (error) {
    dropContent(content);
    throw error;
  }
}

async function write(writing: Writing): Promise<FileFacts> {
  const { space, task, options } = writing;
  try {
    throwIfAborted(options.signal, task);
    if (options.makeFolders === true) await makeFoldersAbove(writing);
    await using target = await holdTarget(space, task, options.createOnly === true ? "keep" : "follow");
    await checkExisting(target, task, options);
    return await replace(target, writing);
  } catch (error) {
    // Whatever became of the content or of those who gave it: what was there is there.
    const { isInPlace, hasMade } = writing.progress;
    throw withEffect(toFileError(error, task), isInPlace || hasMade ? "unknown" : "none");
  }
}

async function makeFoldersAbove({ space, task, progress }: Writing): Promise<void> {
  const folder = await ensureFolder(space, { ...task, path: dirname(task.path) }, progress);
  await folder[Symbol.asyncDispose]();
}

async function checkExisting(
  { existing }: HeldTarget,
  task: FileTask,
  { createOnly, ifVersion }: WriteOptions,
): Promise<void> {
  if (existing === undefined) {
    if (ifVersion !== undefined) throw changed(task);
    return;
  }
  if (createOnly === true) throw refusal("EEXIST", task);
  const kind = toFileKind(existing.facts);
  if (kind === "directory") throw refusal("EISDIR", task);
  if (kind !== "file") throw refusal("ENXIO", task);
  if (ifVersion !== undefined && versionOf(existing.facts) !== ifVersion) throw changed(task);
  // To put another file in its place would be possible also where it must not be written.
  await access(existing.handle, constants.W_OK);
}

async function replace(target: HeldTarget, writing: Writing): Promise<FileFacts> {
  const { space, task, content, options, progress } = writing;
  const temporary = join(target.folder.handle, createTemporaryName());
  // Nobody is to read what is being written who may not read what was wanted, or was there.
  const mode = target.existing === undefined ? 0o666 & (options.mode ?? 0o666) : 0o600;
  const file = await open(temporary, "wx", mode | 0o200);
  let isThere = true;
  try {
    for await (const chunk of contentChunks(content, options.signal)) await writeAll(file, chunk);
    await takeOver(file, target.existing, options);
    await file.sync();
    throwIfAborted(options.signal, task);
    await target.folder.confirm();
    if (options.ifVersion !== undefined) await checkStillSame(writing, target);
    isThere = await putInPlace(temporary, target, options.createOnly === true);
    progress.isInPlace = true;
    await syncFolder(target.folder);
    const stats = await file.stat({ bigint: true });
    return toFileFacts(stats, space.toUri(join(target.folder.path, target.name)));
  } finally {
    if (isThere) await unlink(temporary).catch(() => {});
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at, chunk.length - at);
    at += bytesWritten;
  }
}

/** The mode and, where the system lets us, the owner of what was there. */
async function takeOver(file: FileHandle, existing: Held | undefined, { mode }: WriteOptions): Promise<void> {
  if (existing === undefined) {
    const wanted = mode ?? usersMode(0o666);
    if (wanted !== undefined) await file.chmod(wanted & 0o7777);
    return;
  }
  const isOwned = await file.chown(Number(existing.facts.uid), Number(existing.facts.gid)).then(
    () => true,
    () => false,
  );
  // A program that runs as its owner must not come to run as another one.
  await file.chmod(Number(existing.facts.mode & (isOwned ? 0o7777n : 0o777n)));
}

async function checkStillSame(
  { space, task, options }: Writing,
  { folder, name }: HeldTarget,
): Promise<void> {
  await using now = await space.holdChild(folder, name, task.doing).catch(() => {
    throw changed(task);
  });
  if (versionOf(now.facts) !== options.ifVersion) throw changed(task);
}

/** On Windows an editor or a scanner may have the file open for a moment. */
function moveOver(temporary: string, place: string): Promise<void> {
  return retryInUse(() => rename(temporary, place), process.platform);
}

/** @returns whether the temporary file is still there */
async function putInPlace(
  temporary: string,
  { folder, name }: HeldTarget,
  createOnly: boolean,
): Promise<boolean> {
  const place = join(folder.handle, name);
  if (!createOnly) {
    await moveOver(temporary, place);
    return false;
  }
  try {
    await link(temporary, place);
    return true;
  } catch (error) {
    if (!noHardLinks.has(errnoOf(error) ?? "")) throw error;
  }
  // Somebody may see it empty for a moment, but nobody else can have made it.
  const made = await makeEmpty(place);
  try {
    await moveOver(temporary, place);
  } catch (error) {
    const now = await lstat(place, { bigint: true }).catch(() => undefined);
    // Whoever replaced it meanwhile may keep it.
    if (now?.ino === made.ino && now.size === 0n) await unlink(place).catch(() => {});
    throw error;
  }
  return false;
}

async function makeEmpty(place: string): Promise<BigIntStats> {
  await using file = await open(place, "wx");
  return await file.stat({ bigint: true });
}

/** So that the new name outlives a power failure; not every file system knows how. */
async function syncFolder(folder: Held): Promise<void> {
  try {
    const opened = await open(folder.handle, constants.O_RDONLY);
    try {
      await opened.sync();
    } finally {
      await opened.close();
    }
  } catch {
    // The file is in its place all the same.
  }
}

function changed(task: FileTask): Error {
  return fileFailure(
    ["already_exists", "file_changed", "it was changed since it was looked at; look again"],
    task,
  );
}
