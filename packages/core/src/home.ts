import { FairleadError } from "./errors/fairlead-error.js";

/** The three file operations that the home rule needs; `node:fs/promises` gives them. */
export interface HomeFileSystem {
  /** Tells whether the path is a directory; undefined if there is nothing. */
  isDirectory(path: string): Promise<boolean | undefined>;
  realpath(path: string): Promise<string>;
  /** Makes the directory and those above it, readable by its owner alone. */
  makePrivateDirectory(path: string): Promise<void>;
}

/**
 * Decides the folder that holds configuration and state. A folder that somebody named must be there already, so that a
 * typing error never starts an empty configuration; the default one is made, private.
 * @param named the value of `FAIRLEAD_HOME`; unset or empty: the default
 * @throws FairleadError `usage`, reason `home_invalid`
 */
export async function resolveHome(
  named: string | undefined,
  defaultPath: string,
  fileSystem: HomeFileSystem,
): Promise<string> {
  if (named === undefined || named === "") {
    const isDirectory = await fileSystem.isDirectory(defaultPath);
    if (isDirectory === false) throw homeError(defaultPath, "is not a directory", "Move it away");
    if (isDirectory === undefined) await fileSystem.makePrivateDirectory(defaultPath);
    return fileSystem.realpath(defaultPath);
  }
  const isDirectory = await fileSystem.isDirectory(named);
  if (isDirectory === undefined) {
    throw homeError(named, "does not exist", "Create the directory or name another");
  }
  if (!isDirectory) throw homeError(named, "is not a directory", "Name a directory");
  return fileSystem.realpath(named);
}

function homeError(path: string, what: string, remedy: string): FairleadError {
  return new FairleadError("usage", `The Fairlead home ${path} ${what}. ${remedy}.`, {
    reason: "home_invalid",
    effect: "none",
    details: { path },
  });
}
