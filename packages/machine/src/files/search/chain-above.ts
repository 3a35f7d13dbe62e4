import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileSpace } from "../file-space.js";
import type { Held } from "../held.js";
import { extendChain, type IgnoreChain } from "../ignore/ignore-chain.js";

/** The ignore files above the start of a search, and the names that lead from the first of them to the start. */
export interface ChainAbove {
  readonly chain: IgnoreChain | undefined;
  readonly prefix: readonly string[];
}

/** Reads the ignore files above a folder, up to its repository, or to the root that may be read. */
export async function readChainAbove(space: FileSpace, start: Held): Promise<ChainAbove> {
  const folders: string[] = [];
  const prefix: string[] = [];
  let at = start.path;
  while (!(await exists(join(at, ".git")))) {
    const parent = dirname(at);
    if (parent === at || !(await space.contains(parent))) break;
    prefix.unshift(basename(at));
    folders.unshift(parent);
    at = parent;
  }
  let chain: IgnoreChain | undefined;
  for (const [depth, path] of folders.entries()) {
    await using held = await space.hold({ doing: "search", path }, "keep");
    const [hasGit, hasGitFolder, hasGitignore, hasIgnore] = await Promise.all([
      exists(join(held.handle, ".git")),
      exists(join(held.handle, ".git"), "folder"),
      exists(join(held.handle, ".gitignore")),
      exists(join(held.handle, ".ignore")),
    ]);
    chain = await extendChain(
      chain,
      { handle: held.handle, depth },
      { hasGit, hasGitFolder, hasGitignore, hasIgnore },
    );
  }
  return { chain, prefix };
}

async function exists(path: string, what?: "folder"): Promise<boolean> {
  try {
    const stats = await lstat(path);
    return what === undefined || stats.isDirectory();
  } catch {
    return false;
  }
}
