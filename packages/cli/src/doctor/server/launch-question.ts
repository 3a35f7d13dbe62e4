import type { StdioServerConfig } from "@fairlead/config";
import type { LaunchQuestion } from "@fairlead/core";
import type { ExecutorMachine } from "../../runtime/executor-machine.js";
import { type LaunchSurroundings, toLaunchSpec } from "../../runtime/launch-spec.js";

/** What decides where a program is found, and may be told to the executor before anything is started. */
const searchNames = new Set(["PATH", "PATHEXT"]);

/**
 * What to ask an executor about the launch of a server, spelled as a launch would be, in the convention of its machine. Nothing
 * of this machine's files is looked at. Values are left out but for those that say where programs are.
 * @throws FairleadError `usage`, reason `path_invalid`, for a folder that cannot be one there
 */
export function toLaunchQuestion(
  server: StdioServerConfig,
  machine: ExecutorMachine & { readonly isLocal: boolean },
  surroundings: LaunchSurroundings,
): LaunchQuestion {
  const { program, cwd, env = {}, shellProfile } = toLaunchSpec(server, machine, surroundings);
  const search = Object.entries(env.set ?? {}).filter(([name]) => searchNames.has(name.toUpperCase()));
  return {
    program,
    cwd,
    env: {
      set: Object.fromEntries(search),
      inherit: (env.inherit ?? []).filter((name) => searchNames.has(name.toUpperCase())),
    },
    variables: executorVariables(server),
    ...(shellProfile === true ? { shellProfile } : {}),
  };
}

/** Names of variables that a server gets from its executor. */
export function executorVariables({ envVars }: Pick<StdioServerConfig, "envVars">): readonly string[] {
  return envVars.filter(({ source }) => source === "executor").map(({ name }) => name);
}
