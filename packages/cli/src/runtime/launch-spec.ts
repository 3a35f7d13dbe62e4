import type { StdioServerConfig } from "@fairlead/config";
import {
  conventionOfSpelling,
  FairleadError,
  type LaunchSpec,
  type PathConvention,
  toPathUri,
} from "@fairlead/core";
import type { ExecutorMachine } from "./executor-machine.js";
import { copyHostVariables } from "./host-variables.js";

/** What of the host flows into a launch. */
export interface LaunchSurroundings {
  /** The environment that `env_vars` of the host are copied from. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where local servers run that name no folder of their own. */
  readonly cwd: string;
}

/** Says what to launch for a configured server, with its paths read in the convention of the machine it runs on. */
export function toLaunchSpec(
  server: StdioServerConfig,
  machine: ExecutorMachine & { readonly isLocal: boolean },
  surroundings: LaunchSurroundings,
): LaunchSpec {
  const namesOf = (wanted: "host" | "executor"): readonly string[] =>
    server.envVars.flatMap(({ name, source }) => (source === wanted ? [name] : []));
  // What is set wins, so nothing is wrong with a variable that is not used.
  const copied = copyHostVariables(
    namesOf("host").filter((name) => server.env[name] === undefined),
    { env: surroundings.env, isLocal: machine.isLocal, whose: whereItRuns(server, machine.isLocal) },
  );
  const cwd = server.cwd ?? (machine.isLocal ? surroundings.cwd : undefined);
  return {
    program: server.command,
    args: server.args,
    cwd:
      cwd === undefined
        ? undefined
        : cwdUri(cwd, machine.pathConvention, whereItRuns(server, machine.isLocal)),
    env: { set: { ...copied.set, ...server.env }, inherit: [...namesOf("executor"), ...copied.inherit] },
    labels: { server: server.name },
    ...(server.shellProfile === true ? { shellProfile: true } : {}),
  };
}

/** A path of the wrong machine is understood once it is said which machine was meant. */
function whereItRuns({ name, executor }: StdioServerConfig, isLocal: boolean): string {
  return `Server ${name}, which runs on ${isLocal ? "this machine" : `the executor ${executor}`}`;
}

/** Converts a folder as a person spelled it. @throws FairleadError `usage`, naming what it was for */
export function cwdUri(cwd: string, convention: PathConvention, whose: string): string {
  try {
    return toPathUri(cwd, convention);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FairleadError("usage", `${whose}: cwd cannot be used. ${what}${adviceFor(cwd, convention)}`, {
      cause,
      reason: "path_invalid",
      effect: "none",
      details: { cwd },
    });
  }
}

/** Who gave a folder of another machine either meant that machine, or copied it from there. */
function adviceFor(cwd: string, convention: PathConvention): string {
  const spelled = conventionOfSpelling(cwd);
  if (spelled === undefined || spelled === convention) return "";
  const [meant, own] = spelled === "windows" ? ["Windows", "POSIX"] : ["POSIX", "Windows"];
  return `. Choose the executor on the ${meant} machine that has it, or give a ${own} path`;
}
