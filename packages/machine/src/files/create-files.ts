import { homedir } from "node:os";
import { dirname, isAbsolute } from "node:path";
import { type Files, toPathUri } from "@fairlead/core";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { FileSpace } from "./file-space.js";
import { chooseHold, type Hold } from "./held.js";
import { listFolder } from "./list-folder.js";
import { makeFolder } from "./make-folder.js";
import { readFile } from "./read-file.js";
import { removePath } from "./remove-path.js";
import { searchFiles } from "./search/search-files.js";
import { statPath } from "./stat-path.js";
import { watchPath } from "./watch/watch-path.js";
import { writeFile } from "./write-file.js";

/** How this machine's files are made accessible. */
export interface FilesOptions {
  /**
   * Path URIs of the folders inside which everything has to lie, or `everything` for whatever the user who runs us may use.
   * @default {@link defaultFileRoots}
   */
  readonly roots?: readonly string[] | "everything" | undefined;
  /** How names are taken hold of. @default the surest way that this system has; a test may choose the other one */
  readonly hold?: Hold | undefined;
}

/**
 * Makes the files of this machine accessible, as far as they lie inside some roots. Nothing is opened before it is asked for.
 * @throws FairleadError `usage` `path_invalid` for a root that is no path URI of this machine
 */
export function createFiles(options: FilesOptions = {}): Files {
  const convention = pathConventionOf(operatingSystemOf());
  const { roots = defaultFileRoots(), hold = chooseHold() } = options;
  const space = new FileSpace({ roots, convention, hold });
  return {
    roots: async () => (await space.roots()).map((root) => space.toUri(root)),
    stat: async (uri, call) => statPath(space, space.toNative(uri), call),
    list: async (uri, call) => listFolder(space, space.toNative(uri), call),
    read: async (uri, call) => readFile(space, space.toNative(uri), call),
    write: async (uri, content, call) =>
      writeFile(space, uri, { content, ...(call === undefined ? {} : { options: call }) }),
    remove: async (uri, call) => removePath(space, space.toNative(uri), call),
    mkdir: async (uri, call) => makeFolder(space, space.toNative(uri), call),
    search: (uri, call) => searchFiles(space, uri, call),
    watch: async (uri, call) => watchPath(space, space.toNative(uri), call),
  };
}

/**
 * The home folder of this user and the working folder of this process, as path URIs. Service users often have the top of
 * the file system as either of them, or no home at all; that opens nothing.
 * @param candidates native paths. @default those two
 */
export function defaultFileRoots(
  candidates: readonly string[] = [homedir(), process.cwd()],
): readonly string[] {
  const convention = pathConventionOf(operatingSystemOf());
  const folders = candidates.filter((path) => isAbsolute(path) && dirname(path) !== path);
  return [...new Set(folders)].map((path) => toPathUri(path, convention));
}
