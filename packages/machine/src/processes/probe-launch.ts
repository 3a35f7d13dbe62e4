import { homedir } from "node:os";
import { type LaunchFindings, type LaunchNeed, type LaunchQuestion, toFairleadError } from "@fairlead/core";
import { buildEnvironment, type EnvironmentValues } from "../environment/build-environment.js";
import { isOwnName } from "../environment/environment-names.js";
import { nativePathOf } from "../platform/native-path.js";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { checkWorkingDirectory } from "./launch-checks.js";

/** Where a launch would take from what a question does not say. */
export interface ProbeOptions {
  /** @default process.env */
  readonly env?: EnvironmentValues | undefined;
  /** A native absolute path. @default the home of the user, as of launches */
  readonly defaultCwd?: string | undefined;
}

/** Looks at what a launch on this machine would find, by the rules of the launcher, and starts nothing. */
export async function probeLaunch(
  question: LaunchQuestion,
  { env: own = process.env, defaultCwd = homedir() }: ProbeOptions = {},
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
  const found =
    program === undefined
      ? undefined
      : await need(async () => {
          const env = buildEnvironment(question.env, own, { convention, folder: process.cwd() });
          return resolveProgram(program, { env, cwd: from });
        });
  const names = namesIn(own, convention === "windows");
  return { program: found, cwd, unsetVariables: question.variables.filter((name) => !names.has(name)) };
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
