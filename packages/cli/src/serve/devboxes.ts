import type { FairleadConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { createDevboxServer, devboxServerName, type ServerDefinition } from "@fairlead/host";
import { serverNameProblem } from "@fairlead/mcp";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { cwdUri } from "../runtime/launch-spec.js";
import type { ServerAccess } from "../runtime/server-definitions.js";
import { version } from "../version.js";

/**
 * Makes a server `devbox_NAME` for this machine and for every configured executor. It works in our own folder here, and in
 * the first folder that an executor opens there.
 */
export function defineDevboxes(
  config: FairleadConfig,
  access: Pick<ServerAccess, "pool" | "cwd" | "warn">,
): readonly ServerDefinition[] {
  const definitions: ServerDefinition[] = [];
  for (const { name, executor, problem } of devboxesOf(config)) {
    if (problem === undefined)
      definitions.push(defineDevbox({ name, executor }, config.builtIns.get(name), access));
    else access.warn(name, `There is no devbox for the executor ${executor}. ${problem}`);
  }
  return definitions;
}

/** A devbox that there would be; with a problem there is none. */
export interface NamedDevbox {
  readonly name: string;
  readonly executor: string;
  /** What is wrong with its name. */
  readonly problem: string | undefined;
}

/** Names the devbox of this machine and of every configured executor. */
export function devboxesOf(config: FairleadConfig): readonly NamedDevbox[] {
  return ["local", ...config.executors.keys()].map((executor) => {
    const name = `${devboxServerName}_${executor}`;
    return { name, executor, problem: serverNameProblem(name, config.maxName) };
  });
}

function defineDevbox(
  { name, executor }: Pick<NamedDevbox, "name" | "executor">,
  settings: ReturnType<FairleadConfig["builtIns"]["get"]>,
  { pool, cwd }: Pick<ServerAccess, "pool" | "cwd">,
): ServerDefinition {
  return createDevboxServer({
    name,
    version,
    executor,
    settings,
    connect: async (signal) => {
      const { launcher, files, machine } = await pool.open(executor, signal);
      const { pathConvention: convention } = machine;
      if (isLocalExecutor(executor))
        return { launcher, files, convention, cwd: cwdUri(cwd, convention, name) };
      const [root] = await files.roots();
      if (root !== undefined) return { launcher, files, convention, cwd: root };
      throw new FairleadError(
        "unavailable",
        `Executor ${executor} opens none of its folders: set its file roots`,
        {
          reason: "policy_denied",
          effect: "none",
        },
      );
    },
  });
}
