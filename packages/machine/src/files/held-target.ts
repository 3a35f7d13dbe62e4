import { readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isFairleadError } from "@fairlead/core";
import { type FileTask, fileFailure, outsideRoots, refusal, toFileError } from "./file-errors.js";
import { behindLink, type FileSpace } from "./file-space.js";
import type { Held } from "./held.js";

/** Links that are followed before they count as a circle. */
const mostLinks = 40;
const noFolder = ["not_found", "file_unknown", "the folder that it is to be in does not exist"] as const;

/** A place where something can be put, and what is there now. */
export interface HeldTarget extends AsyncDisposable {
  readonly folder: Held;
  readonly name: string;
  /** Never a link where links were followed. */
  readonly existing: Held | undefined;
}

/**
 * Takes hold of the folder of a path, and of what the path names in it, if anything.
 * @param links whether the place meant by a link is where it leads to, though nothing may be there, or where it is
 * @throws FairleadError also `not_found` where the folder is missing
 */
export async function holdTarget(
  space: FileSpace,
  task: FileTask,
  links: "follow" | "keep",
): Promise<HeldTarget> {
  let path = task.path;
  for (let followed = 0; followed <= mostLinks; followed += 1) {
    const name = basename(path);
    // The top of a file system is in no folder; a link may also end with a folder's own name, or that of the one above.
    if (name === "" || name === "." || name === "..") throw refusal("EISDIR", task);
    const folder = await holdFolder(space, dirname(path), task);
    try {
      if (!folder.facts.isDirectory()) throw refusal("ENOTDIR", task);
      const existing = await holdIfThere(space, folder, { name, doing: task.doing });
      const isLink = existing?.facts.isSymbolicLink() === true;
      if (!isLink || links === "keep") return toTarget(folder, name, existing);
      await existing[Symbol.asyncDispose]();
      path = behindLink(folder.path, await readlink(join(folder.handle, name)));
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw toFileError(error, task);
    }
    await folder[Symbol.asyncDispose]();
  }
  throw refusal("ELOOP", task);
}

/** Failures name what was asked for, and not where links led to. */
async function holdFolder(space: FileSpace, path: string, task: FileTask): Promise<Held> {
  try {
    return await space.hold({ ...task, path });
  } catch (error) {
    if (isFairleadError(error) && error.reason === "policy_denied") throw outsideRoots(task);
    if (isFairleadError(error) && error.reason === "file_unknown") throw fileFailure(noFolder, task);
    throw error;
  }
}

async function holdIfThere(
  space: FileSpace,
  folder: Held,
  { name, doing }: { readonly name: string; readonly doing: string },
): Promise<Held | undefined> {
  try {
    return await space.holdChild(folder, name, doing);
  } catch (error) {
    if (isFairleadError(error) && error.reason === "file_unknown") return undefined;
    throw error;
  }
}

function toTarget(folder: Held, name: string, existing: Held | undefined): HeldTarget {
  return {
    folder,
    name,
    existing,
    [Symbol.asyncDispose]: async () => {
      await existing?.[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
