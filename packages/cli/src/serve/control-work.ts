import type { FairleadConfig } from "@fairlead/config";
import type { HostControlOptions } from "@fairlead/host";
import type { CommandContext } from "../commands/context.js";
import type { ControlReload } from "../control/control-messages.js";
import { cwdUri } from "../runtime/launch-spec.js";
import { isLocalExecutor } from "../runtime/list-trees.js";

/** What the control methods are made of. */
export interface ControlWork {
  readonly context: Pick<CommandContext, "pool" | "cwd">;
  /** The configuration of now. */
  readonly config: () => FairleadConfig;
  readonly reload: () => Promise<ControlReload>;
}

/** Lets the control methods of a host work with what is configured. */
export function createControlWork({ context, config, reload }: ControlWork): HostControlOptions {
  return {
    async openLauncher(executor, signal) {
      const { launcher, machine } = await context.pool.open(executor, signal);
      const { pathConvention: convention } = machine;
      if (!isLocalExecutor(executor)) return { launcher, convention };
      return { launcher, convention, cwd: cwdUri(context.cwd, convention, executor) };
    },
    async reload() {
      const { added, changed, removed } = await reload();
      return { added: [...added], changed: [...changed], removed: [...removed] };
    },
    authStatus(server) {
      const way = hasBearer(config(), server) ? "bearer" : "none";
      return { inUse: way, preferred: way };
    },
  };
}

function hasBearer({ servers, connectors }: FairleadConfig, name: string): boolean {
  const server = servers.get(name) ?? connectors.get(name);
  if (server?.transport !== "http") return false;
  const headers = [...Object.keys(server.headers), ...Object.keys(server.envHeaders)];
  return (
    server.bearerTokenVar !== undefined || headers.some((header) => header.toLowerCase() === "authorization")
  );
}
