import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FileFacts, isFairleadError, type MkdirOptions } from "@fairlead/core";
import { errnoOf, type FileTask, refusal, toFileError } from "./file-errors.js";
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
    await using made = await ensureFolder(space, path, task.doing);
    return space.factsOf(made);
  }
  const name = basename(path);
  if (name === "") throw refusal("EEXIST", task);
  await using parent = await space.hold({ ...task, path: dirname(path) });
  await using made = await makeIn(space, parent, { name, task });
  return space.factsOf(made);
}

/**
 * Makes a folder and those above it that are missing.
 * @returns the folder, held: whoever asked for it lets go of it
 * @throws FairleadError, its effect `unknown` where some of them may have been made
 */
export async function ensureFolder(space: FileSpace, path: string, doing: string): Promise<Held> {
  const task: FileTask = { doing, path };
  const there = await space.hold(task).catch((error: unknown) => {
    if (isFairleadError(error) && error.reason === "file_unknown") return undefined;
    throw error;
  });
  if (there !== undefined) {
    if (there.facts.isDirectory()) return there;
    await there[Symbol.asyncDispose]();
    throw refusal("ENOTDIR", task);
  }
  const name = basename(path);
  await using parent = await ensureFolder(space, dirname(path), doing);
  try {
    return await makeIn(space, parent, { name, task });
  } catch (error) {
    if (!isFairleadError(error) || error.reason !== "file_exists") throw error;
  }
  // Somebody else was quicker, or a link of that name leads nowhere.
  const held = await space.hold(task);
  if (held.facts.isDirectory()) return held;
  await held[Symbol.asyncDispose]();
  throw refusal("ENOTDIR", task);
}

async function makeIn(
  space: FileSpace,
  parent: Held,
  { name, task }: { readonly name: string; readonly task: FileTask },
): Promise<Held> {
  if (!parent.facts.isDirectory()) throw refusal("ENOTDIR", task);
  await parent.confirm();
  try {
    await mkdir(join(parent.handle, name));
  } catch (error) {
    throw toFileError(error, task, errnoOf(error) === undefined ? "unknown" : "none");
  }
  return space.holdChild(parent, name, task.doing);
}
