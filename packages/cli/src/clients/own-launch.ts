import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { ClientLaunch, ClientScope } from "@fairlead/config";

/** What a line that starts this very program is made of. */
export interface OwnProgram {
  readonly platform: NodeJS.Platform;
  /** The runtime, as an absolute path. */
  readonly execPath: string;
  /** Our script, as an absolute path. */
  readonly script: string;
  readonly version: string;
  /** Where the shell looks for programs. */
  readonly searchPath: readonly string[];
  /** The home folder, where somebody has chosen one. */
  readonly home?: string | undefined;
  /** The file that a path leads to; undefined if there is none. */
  readonly realpath?: (path: string) => string | undefined;
}

/**
 * How a client starts `fairlead serve`. For one user, runtime and script by their absolute paths: editors know nothing of a
 * shell's PATH, and version managers change it. In a file for everybody of a project, by name. From the cache of npx, which
 * is emptied now and then, through npx again.
 */
export function ownLaunch(
  program: OwnProgram,
  scope: ClientScope,
): Extract<ClientLaunch, { kind: "command" }> {
  const { platform, execPath, script, version, home } = program;
  const env: Readonly<Record<string, string>> =
    home === undefined || scope === "project" ? {} : { FAIRLEAD_HOME: home };
  if (/[\\/]_npx[\\/]/.test(script)) {
    const npx = ["npx", "-y", `fairlead@${version}`, "serve"];
    // Windows starts no .cmd file without its shell.
    const [command = "", ...args] = platform === "win32" ? ["cmd", "/c", ...npx] : npx;
    return { kind: "command", command, args, env };
  }
  if (scope === "project") return { kind: "command", command: "fairlead", args: ["serve"], env };
  const realpath = program.realpath ?? toRealpath;
  const node = stableNode(execPath, program.searchPath, realpath);
  return { kind: "command", command: node, args: [stableScript(script, realpath), "serve"], env };
}

/**
 * Homebrew and the packages of some systems keep each version in a folder of its own, and a link that stays. Links of a
 * shell session do not stay.
 */
function stableNode(
  execPath: string,
  searchPath: readonly string[],
  realpath: (path: string) => string | undefined,
): string {
  if (!/[\\/]Cellar[\\/]|[\\/]nix[\\/]store[\\/]/.test(execPath)) return execPath;
  const candidates = searchPath.filter((folder) => folder !== "").map((folder) => join(folder, "node"));
  return candidates.find((path) => path !== execPath && realpath(path) === execPath) ?? execPath;
}

/** pnpm keeps each version of a package in a folder of its own, and a link beside them. */
function stableScript(script: string, realpath: (path: string) => string | undefined): string {
  const linked = script.replace(/[\\/]\.pnpm[\\/][^\\/]+(?=[\\/]node_modules[\\/])/, "");
  return linked !== script && realpath(linked) === script ? linked : script;
}

function toRealpath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
