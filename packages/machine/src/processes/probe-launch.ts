import { homedir } from "node:os";
import { type LaunchFindings, type LaunchNeed, type LaunchQuestion, toFairleadError } from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { isOwnName } from "../environment/environment-names.js";
import { exactEnvironment } from "../environment/exact-environment.js";
import { type LaunchEnvironment, launchEnvironment } from "../environment/launch-environment.js";
import { toShownText } from "../environment/raw-text.js";
import { ownSearchPath, type SearchPathSource } from "../environment/search-path.js";
import { nativePathOf } from "../platform/native-path.js";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { bareRegister, type TreeRegister } from "../trees/tree-keeper.js";
import { checkWorkingDirectory } from "./launch-checks.js";

/** Where a launch would take from what a question does not say. */
export interface ProbeOptions {
  /** @default process.env */
  readonly env?: EnvironmentValues | undefined;
  /** The PATH of children whose launch sets none. @default the one in `env` */
  readonly searchPath?: SearchPathSource | undefined;
  /** Keeps account of what a profile starts. @default nobody: it is ended in the end all the same */
  readonly register?: TreeRegister | undefined;
  /** A native absolute path. @default the home of the user, as of launches */
  readonly defaultCwd?: string | undefined;
}

/**
 * Looks at what a launch on this machine would find, by the rules of the launcher, and starts nothing but the user's shell
 * where a launch would ask that.
 */
export async function probeLaunch(
  question: LaunchQuestion,
  { env: own = exactEnvironment(), searchPath, register, defaultCwd = homedir() }: ProbeOptions = {},
): Promise<LaunchFindings> {
  const convention = pathConventionOf(operatingSystemOf());
  const cwd = await need(async () => {
    const folder = question.cwd === undefined ? defaultCwd : nativePathOf(question.cwd, convention);
    await checkWorkingDirectory(folder);
    return folder;
  });
  const { program } = question;
  // A relative path would be looked for in the wrong place, and so be told twice; a name on the PATH is found anyway.
  const from = "path" in cwd ? cwd.path : defaultCwd;
  let surroundings: LaunchEnvironment | undefined;
  const found =
    program === undefined
      ? undefined
      : await need(async () => {
          surroundings = await launchEnvironment(question, {
            env: own,
            searchPath: searchPath ?? ownSearchPath(own),
            register: register ?? bareRegister,
            ...("path" in cwd ? { cwd: cwd.path } : {}),
          });
          return toShownText(await resolveProgram(program, { env: surroundings.env, cwd: from }));
        });
  const names = namesIn({ ...own, ...surroundings?.profile }, convention === "windows");
  const { source, warning } = surroundings?.searchPath ?? {};
  return {
    program: found,
    cwd,
    unsetVariables: question.variables.filter((name) => !names.has(name)),
    ...(source === undefined ? {} : { searchPath: { source, warning } }),
    warnings: (surroundings?.warnings ?? []).filter((text) => text !== warning),
  };
}

async function need(look: () => Promise<string>): Promise<LaunchNeed> {
  try {
    return { path: await look() };
  } catch (thrown) {
    return { error: toFairleadError(thrown) };
  }
}

/** The names that a child can inherit; on Windows their case does not count. */
function namesIn(env: EnvironmentValues, ignoresCase: boolean): { has(name: string): boolean } {
  const keyOf = (name: string): string => (ignoresCase ? name.toUpperCase() : name);
  const names = new Set(
    Object.keys(env)
      .filter((name) => env[name] !== undefined && !isOwnName(name))
      .map(keyOf),
  );
  return { has: (name) => names.has(keyOf(name)) };
}
