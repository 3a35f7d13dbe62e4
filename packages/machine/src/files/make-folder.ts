import { mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type FileFacts, isFairleadError, type MkdirOptions, withEffect } from "@fairlead/core";
import { withUsersUmask } from "../hardening/users-umask.js";
import { type FileTask, refusal, toFileError } from "./file-errors.js";
import type { FileSpace } from "./file-space.js";
import type { Held } from "./held.js";
import { throwIfAborted } from "./throw-if-aborted.js";

/** Makes a folder. */
export async function makeFolder(
  space: FileSpace,
  path: string,
  options: MkdirOptions = {},
): Promise<FileFacts> {
  const task: FileTask = { doing: "make the folder", path };
  throwIfAborted(options.signal, task);
  if (options.recursive === true) {
    const progress = { hasMade: false };
    try {
      await using made = await ensureFolder(space, task, progress);
      return space.factsOf(made);
    } catch (error) {
      throw withEffect(toFileError(error, task), progress.hasMade ? "unknown" : "none");
    }
  }
  const name = basename(path);
  if (name === "") throw refusal("EEXIST", task);
  await using parent = await space.hold({ ...task, path: dirname(path) });
  await using made = await makeIn(space, parent, { name, task, progress: { hasMade: false } });
  return space.factsOf(made);
}

/** What has become of making several folders. */
export interface FolderProgress {
  /** Whether one was made, so that a failure leaves something behind. */
  hasMade: boolean;
}

/**
 * Makes a folder and those above it that are missing.
 * @param task its path is that of the folder
 * @returns the folder, held: whoever asked for it lets go of it
 */
export async function ensureFolder(
  space: FileSpace,
  task: FileTask,
  progress: FolderProgress,
): Promise<Held> {
  const { path } = task;
  const there = await space.hold(task).catch((error: unknown) => {
    if (isFairleadError(error) && error.reason === "file_unknown") return undefined;
    throw error;
  });
  if (there !== undefined) return asFolder(there, task);
  await using parent = await ensureFolder(space, { ...task, path: dirname(path) }, progress);
  try {
    return await makeIn(space, parent, { name: basename(path), task, progress });
  } catch (error) {
    if (!isFairleadError(error) || error.reason !== "file_exists") throw error;
  }
  // Somebody else was quicker, or a link of that name leads nowhere.
  const held = await space.hold(task);
  // Awaited here: while the parent is let go of nobody else would hear of its failure.
  return await asFolder(held, task);
}

async function asFolder(held: Held, task: FileTask): Promise<Held> {
  if (held.facts.isDirectory()) return held;
  await held[Symbol.asyncDispose]();
  throw refusal("ENOTDIR", task);
}

async function makeIn(
  space: FileSpace,
  parent: Held,
  making: { readonly name: string; readonly task: FileTask; readonly progress: FolderProgress },
): Promise<Held> {
  const { name, task, progress } = making;
  if (!parent.facts.isDirectory()) throw refusal("ENOTDIR", task);
  await parent.confirm();
  try {
    // At once, so that it is made with the user's umask and nothing else is.
    withUsersUmask(() => mkdirSync(join(parent.handle, name)));
  } catch (error) {
    throw toFileError(error, task);
  }
  progress.hasMade = true;
  return space.holdChild(parent, name, task.doing);
}
