import { realpathSync } from "node:fs";
import { join } from "node:path";

/** Whether a script lies in the cache of npx, which is emptied now and then. */
export function isFromNpx(script: string): boolean {
  return /[\\/]_npx[\\/]/.test(script);
}

/**
 * The path of a runtime that lasts longest. Homebrew and the packages of some systems keep each version in a folder of its own, and a link that stays. Links of a
 * shell session do not stay.
 */
export function stableNode(
  execPath: string,
  searchPath: readonly string[],
  realpath: (path: string) => string | undefined,
): string {
  if (!/[\\/]Cellar[\\/]|[\\/]nix[\\/]store[\\/]/.test(execPath)) return execPath;
  const candidates = searchPath.filter((folder) => folder !== "").map((folder) => join(folder, "node"));
  return candidates.find((path) => path !== execPath && realpath(path) === execPath) ?? execPath;
}

/** The path of a script that lasts longest: pnpm keeps each version of a package in a folder of its own, and a link beside them. */
export function stableScript(script: string, realpath: (path: string) => string | undefined): string {
  const linked = script.replace(/[\\/]\.pnpm[\\/][^\\/]+(?=[\\/]node_modules[\\/])/, "");
  return linked !== script && realpath(linked) === script ? linked : script;
}

/** The file that a path leads to; undefined if there is none. */
export function toRealpath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
