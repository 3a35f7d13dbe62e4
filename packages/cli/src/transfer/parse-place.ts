import type { CommandContext } from "../commands/context.js";
import { type FilePlace, openPlace, uriIn } from "../runtime/open-place.js";

/** A file or folder that was named on the command line, on its machine, which is reached. */
export interface NamedFile {
  readonly place: FilePlace;
  readonly uri: string;
  /** Whether it was spelled as a folder: nothing, or with a separator at its end. */
  readonly isFolder: boolean;
}

/**
 * Reads `NAME:PATH`, or a path of this machine, and reaches the executor.
 * @throws FairleadError `not_found`, reason `executor_unknown`; `usage`, reason `path_invalid`; and as the pool opens
 */
export async function parsePlace(text: string, context: CommandContext): Promise<NamedFile> {
  const { executor, path } = splitPlace(text, process.platform === "win32");
  const place = await openPlace(executor, context);
  return { place, uri: uriIn(place, path), isFolder: path === "" || /[\\/]$/.test(path) };
}

/** Parts the executor from the path. On Windows one letter in front is a drive, and never an executor. */
export function splitPlace(
  text: string,
  isWindows: boolean,
): { readonly executor: string | undefined; readonly path: string } {
  const match = /^([A-Za-z0-9_-]+):(.*)$/s.exec(text);
  const [, executor, path = ""] = match ?? [];
  if (executor === undefined || (isWindows && executor.length === 1))
    return { executor: undefined, path: text };
  return { executor, path };
}
