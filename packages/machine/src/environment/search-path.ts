import type { SearchPathFacts } from "@fairlead/core";
import { toFairleadError } from "@fairlead/core";
import { bareRegister, type TreeRegister } from "../trees/tree-keeper.js";
import type { EnvironmentValues } from "./build-environment.js";
import { exactEnvironment } from "./exact-environment.js";
import { mergePaths } from "./merge-paths.js";
import { readRegistryPath } from "./registry/registry-path.js";
import { readLoginPath } from "./shell/shell-environment.js";

/** The PATH that children of this machine get, where their launch sets none. */
export interface SearchPath extends SearchPathFacts {
  /** Undefined where this process has none, which is what it says then. */
  readonly value: string | undefined;
}

/** Tells the PATH of this machine; looks until it has found it. Never rejects: what this process has is always there. */
export type SearchPathSource = () => Promise<SearchPath>;

/** How a PATH is looked for. */
export interface SearchPathOptions {
  /** @default this process's, with values that are no UTF-8 as they are */
  readonly env?: EnvironmentValues | undefined;
  /** Keeps account of what a profile starts. @default nobody: it is ended in the end all the same */
  readonly register?: TreeRegister | undefined;
  /** How long a shell may take, in milliseconds. @default 5,000 */
  readonly timeoutMs?: number | undefined;
  /** Told where the PATH could not be found and our own has to do; again only where that is for another reason. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** A clock in milliseconds, for tests. */
  readonly now?: (() => number) | undefined;
}

/** How long our own PATH has to do before it is looked for again: a machine that has just started may have been too slow. */
const firstPauseMs = 60_000;

/** A profile that never answers is not run more often than this in the end. */
const longestPauseMs = 3_600_000;

/** Tells the PATH that this process was started with. */
export function ownSearchPath(env: EnvironmentValues): SearchPathSource {
  return () => Promise.resolve({ source: "own", value: pathOf(env) });
}

/**
 * Looks for the PATH that a user of this machine has: from a login shell, on Windows from the registry. A service is started
 * with another, shorter one. Folders that only this process has come last. Where nothing is found, whoever asks after a minute makes
 * it look again, and later after ever longer pauses; nobody but the first waits for that.
 */
export function createSearchPath(options: SearchPathOptions = {}): SearchPathSource {
  const { env = exactEnvironment(), now = () => performance.now(), onWarning } = options;
  let found: Promise<SearchPath> | undefined;
  let goodUntil = Number.POSITIVE_INFINITY;
  let pauseMs = firstPauseMs;
  let told: string | undefined;
  const find = async (): Promise<SearchPath> => {
    goodUntil = Number.POSITIVE_INFINITY;
    const path = await look(env, options);
    const { warning } = path;
    if (warning !== undefined) {
      goodUntil = now() + pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    if (warning !== undefined && warning !== told) onWarning?.(warning);
    told = warning;
    return path;
  };
  return () => {
    if (found === undefined) return (found = find());
    if (now() >= goodUntil) {
      // A launch goes on with what there is; the next one has what this finds.
      void find().then((path) => (found = Promise.resolve(path)));
    }
    return found;
  };
}

async function look(env: EnvironmentValues, options: SearchPathOptions): Promise<SearchPath> {
  const isWindows = process.platform === "win32";
  const own = pathOf(env);
  try {
    const value = isWindows
      ? await readRegistryPath(env)
      : await readLoginPath({ ...options, env, register: options.register ?? bareRegister });
    return {
      source: isWindows ? "registry" : "login_shell",
      value: mergePaths(value, own ?? "", isWindows ? "windows" : "posix"),
    };
  } catch (thrown) {
    const { message } = toFairleadError(thrown);
    const place = isWindows ? "registry" : "login shell";
    const warning = `The PATH of the ${place} is not known, so programs are looked up on the one that the executor was started with: ${message}`;
    return { source: "own", value: own, warning };
  }
}

function pathOf(env: EnvironmentValues): string | undefined {
  if (process.platform !== "win32") return env["PATH"];
  return Object.entries(env).find(([name]) => name.toUpperCase() === "PATH")?.[1];
}
