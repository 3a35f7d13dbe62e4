import { FairleadError, type LaunchSpec, toFairleadError, untilAborted } from "@fairlead/core";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import type { TreeRegister } from "../trees/tree-keeper.js";
import { buildEnvironment, type EnvironmentValues } from "./build-environment.js";
import { refuseReplacedValues } from "./exact-environment.js";
import type { SearchPath, SearchPathSource } from "./search-path.js";
import { readProfile } from "./shell/shell-environment.js";

/** What the environment of a child is made of beside its launch. */
export interface LaunchEnvironmentOptions {
  /** The environment of this process. */
  readonly env: EnvironmentValues;
  /** Tells the PATH of children; it is not asked where a launch sets one. */
  readonly searchPath: SearchPathSource;
  /** Keeps account of what a profile starts. */
  readonly register: TreeRegister;
  /** The folder that the child starts in, where there is one. */
  readonly cwd?: string | undefined;
  readonly limitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The complete environment of a child, but for the mark of its tree. */
export interface LaunchEnvironment {
  readonly env: Record<string, string>;
  /** Undefined where the launch sets a PATH. */
  readonly searchPath: SearchPath | undefined;
  /** What the profile of the user's shell sets; undefined where there is none. */
  readonly profile: EnvironmentValues | undefined;
  /** What went otherwise than asked, in words. */
  readonly warnings: readonly string[];
}

/**
 * Makes the environment of a launch on this machine.
 * @throws FairleadError as {@link buildEnvironment} does; `unavailable`, reason `feature_missing`, for a profile on Windows
 */
export async function launchEnvironment(
  spec: Pick<LaunchSpec, "env" | "shellProfile">,
  { env, searchPath, register, cwd, limitBytes, signal }: LaunchEnvironmentOptions,
): Promise<LaunchEnvironment> {
  const convention = pathConventionOf(operatingSystemOf());
  const platform = { convention, folder: process.cwd(), ...(limitBytes === undefined ? {} : { limitBytes }) };
  // What is wrong with a launch is told before anything is waited for.
  buildEnvironment(spec.env, env, platform);
  const isPathSet = Object.keys(spec.env?.set ?? {}).some((name) => isPath(name, convention === "windows"));
  const path = isPathSet ? undefined : await untilAborted(searchPath(), signal, "Looking for the PATH");
  const own = path?.value === undefined ? env : withPath(env, path.value, convention === "windows");
  const warnings = path?.warning === undefined ? [] : [path.warning];
  const profile =
    spec.shellProfile === true ? await profileOf({ env: own, register, cwd, signal }, warnings) : undefined;
  const built = buildEnvironment(spec.env, own, { ...platform, profile });
  refuseReplacedValues(built, env);
  return { env: built, searchPath: path, profile, warnings };
}

async function profileOf(
  options: Parameters<typeof readProfile>[0],
  warnings: string[],
): Promise<EnvironmentValues | undefined> {
  if (process.platform === "win32") {
    throw new FairleadError(
      "unavailable",
      "Shells of Windows keep no profile that sets variables for programs, so shell_profile cannot be used there. Remove it (or --shell-profile); set variables with env of the server, or for all programs by setx",
      { reason: "feature_missing", effect: "none", details: { feature: "shell_profile" } },
    );
  }
  try {
    return await readProfile(options);
  } catch (thrown) {
    const error = toFairleadError(thrown);
    if (error.code === "canceled") throw error;
    warnings.push(`The profile of the user's shell is left out: ${error.message}`);
    return undefined;
  }
}

function withPath(env: EnvironmentValues, value: string, isWindows: boolean): EnvironmentValues {
  const others = Object.entries(env).filter(([name]) => !isPath(name, isWindows));
  return { ...Object.fromEntries(others), PATH: value };
}

function isPath(name: string, isWindows: boolean): boolean {
  return (isWindows ? name.toUpperCase() : name) === "PATH";
}
