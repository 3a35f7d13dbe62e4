import { type FileCallOptions, type FileFacts, isFairleadError } from "@fairlead/core";
import type { FileTask } from "./file-errors.js";
import type { FileSpace } from "./file-space.js";
import { throwIfAborted } from "./throw-if-aborted.js";

/** Tells what a path leads to; a link that leads nowhere is described itself. */
export async function statPath(
  space: FileSpace,
  path: string,
  options: FileCallOptions = {},
): Promise<FileFacts> {
  const task: FileTask = { doing: "look at", path };
  throwIfAborted(options.signal, task);
  try {
    await using held = await space.hold(task);
    return space.factsOf(held);
  } catch (error) {
    if (!isFairleadError(error) || error.reason !== "file_unknown") throw error;
    await using link = await space.hold(task, "keep");
    return space.factsOf(link);
  }
}
