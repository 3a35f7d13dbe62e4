import type { ClientLaunch, ClientScope } from "@fairlead/config";
import { isThrowAway, stableNode, stableScript, toRealpath } from "./stable-paths.js";

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
 * shell's PATH, and version managers change it. In a file for everybody of a project, by name. From the cache of npx
 * and its like, which is emptied now and then, through npx.
 */
export function ownLaunch(
  program: OwnProgram,
  scope: ClientScope,
): Extract<ClientLaunch, { kind: "command" }> {
  const { platform, execPath, script, version, home } = program;
  const env: Readonly<Record<string, string>> =
    home === undefined || scope === "project" ? {} : { FAIRLEAD_HOME: home };
  if (isThrowAway(script)) {
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
