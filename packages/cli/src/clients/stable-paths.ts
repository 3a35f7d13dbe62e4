import { realpathSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";

/** Whether a script lies where npx, pnpm dlx, yarn dlx or bunx keep what they run once, which is emptied now and then. */
export function isThrowAway(script: string): boolean {
  return /[\\/](?:_npx|dlx(?:-[^\\/]*)?|bunx-[^\\/]*)[\\/]/.test(script);
}

/** Whether a path lies below the folder of temporary files, which is emptied as well. @param folder that folder; both real paths */
export function isTemporary(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest !== "" && rest.split(sep)[0] !== ".." && !isAbsolute(rest);
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
