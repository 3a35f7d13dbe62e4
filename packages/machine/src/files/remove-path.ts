import { constants } from "node:fs";
import { open, opendir, rm, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError, type RemoveOptions } from "@fairlead/core";
import { type FileTask, fileFailure, toFileError } from "./file-errors.js";
import type { FileSpace } from "./file-space.js";
import type { Held } from "./held.js";
import { holdTarget } from "./held-target.js";
import { throwIfAborted } from "./throw-if-aborted.js";

/** Folders within each other; each of them takes a descriptor while what is in it is removed. */
const mostLevels = 500;
/** Some file systems leave entries out when others are removed while they are being read. */
const passes = 3;

/** Removes a file, a link or a folder. */
export async function removePath(space: FileSpace, path: string, options: RemoveOptions = {}): Promise<void> {
  const task: FileTask = { doing: "remove", path };
  throwIfAborted(options.signal, task);
  await using target = await holdTarget(space, task, "keep");
  const { existing, folder, name } = target;
  if (existing === undefined) throw fileFailure(["not_found", "file_unknown", "it does not exist"], task);
  await checkNoRoot(space, existing, task);
  await folder.confirm();
  const place = join(folder.handle, name);
  const removal: Removal = { signal: options.signal, task, removed: 0 };
  try {
    if (!existing.facts.isDirectory()) await unlink(place);
    else if (options.recursive !== true) await rmdir(place);
    // Without descriptors this is as good as it gets.
    else if (existing.handle === existing.path) await rm(place, { recursive: true });
    else {
      await emptyFolder(existing.handle, removal, 1);
      await rmdir(place);
    }
  } catch (error) {
    throw asPartial(toFileError(error, task), removal);
  }
}

interface Removal {
  readonly signal: AbortSignal | undefined;
  readonly task: FileTask;
  removed: number;
}

async function checkNoRoot(space: FileSpace, { path }: Held, task: FileTask): Promise<void> {
  if (!(await space.holdsRoot(path))) return;
  throw fileFailure(
    ["forbidden", "policy_denied", "it is, or holds, one of the folders that may be used"],
    task,
  );
}

/** @param handle leads to the folder whatever happens to its name */
async function emptyFolder(handle: string, removal: Removal, level: number): Promise<void> {
  if (level > mostLevels) throw tooDeep(removal.task);
  for (let pass = 1; ; pass += 1) {
    const before = removal.removed;
    for await (const entry of await opendir(handle, { encoding: "buffer" as BufferEncoding })) {
      throwIfAborted(removal.signal, removal.task);
      // Typed as text; with the encoding "buffer" it is bytes, and so also names that are no text can be removed.
      const child = Buffer.concat([Buffer.from(`${handle}/`), Buffer.from(entry.name)]);
      if (entry.isDirectory()) await removeFolder(child, removal, level);
      else await unlink(child);
      removal.removed += 1;
    }
    if (removal.removed === before || pass === passes) return;
  }
}

async function removeFolder(path: Buffer, removal: Removal, level: number): Promise<void> {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const folder = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await emptyFolder(`/proc/self/fd/${folder.fd}`, removal, level + 1);
  } finally {
    await folder.close();
  }
  await rmdir(path);
}

/** What was removed before it failed is gone. */
function asPartial(error: FairleadError, { removed }: Removal): FairleadError {
  if (removed === 0 || error.effect === "unknown") return error;
  return new FairleadError(error.code, `${error.message} (${removed} entries in it were removed)`, {
    cause: error,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    details: { ...error.details, removed },
  });
}

function tooDeep(task: FileTask): FairleadError {
  return fileFailure(
    ["resource_exhausted", "limit_reached", `its folders lie more than ${mostLevels} levels deep`],
    task,
  );
}
