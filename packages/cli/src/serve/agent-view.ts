import type { ConnectorConfig, EnvironmentVariable, FairleadConfig, ServerConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
import { brokenEntries } from "../runtime/broken-definition.js";
import type { ServerAccess } from "../runtime/server-definitions.js";
import type { BuiltInServers } from "./built-in-servers.js";
import { createDefinitionSet } from "./definition-set.js";

/** What of an agent's own process flows into its servers. */
export interface AgentSurroundings {
  /** Absolute, on this machine. */
  readonly cwd: string;
  /** Values of the variables that the configuration names; more than those are left out. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a view is made over. */
export interface AgentViewOptions {
  /** What the host's own servers are defined with. */
  readonly access: ServerAccess;
  /** The configuration as it is now. */
  readonly config: () => FairleadConfig;
  readonly builtIns: (access: ServerAccess) => BuiltInServers;
}

/** Gives a host's definitions as they are for one agent. See `AgentSessionOptions.view`. */
export type AgentView = (servers: readonly ServerDefinition[]) => readonly ServerDefinition[];

/**
 * Makes the view of an agent whose folder or variables may be others than the host's: a server that it would launch as the
 * host does is the host's, so that it can be shared; every other one is defined for it alone, with nothing of the host's
 * environment in it.
 */
export function createAgentView(options: AgentViewOptions, agent: AgentSurroundings): AgentView {
  const { access, config, builtIns } = options;
  const named = neededVariables(config());
  const env = Object.fromEntries(Object.entries(agent.env).filter(([name]) => named.includes(name)));
  const own: ServerAccess = {
    ...access,
    cwd: agent.cwd,
    env,
    helperInherits: Object.keys(access.env).filter((name) => !named.includes(name)),
  };
  const set = createDefinitionSet(own);
  // What is wrong with their names has been told for the host already.
  const ownBuiltIns = agent.cwd === access.cwd ? undefined : builtIns({ ...own, warn: () => {} });
  return (servers) => {
    const now = config();
    const configured = set.define(...enabledEntries(now), brokenEntries(now)).definitions;
    const mine = new Map([...configured, ...(ownBuiltIns?.define(now) ?? [])].map((one) => [one.name, one]));
    return servers.map((server) => {
      const found = mine.get(server.name);
      const isSame = found?.instanceKey !== undefined && found.instanceKey === server.instanceKey;
      return found === undefined || isSame ? server : found;
    });
  };
}

/** The servers and connectors of a configuration that take part. */
export function enabledEntries(
  config: FairleadConfig,
): readonly [servers: readonly ServerConfig[], connectors: readonly ConnectorConfig[]] {
  return [
    [...config.servers.values()].filter((server) => server.enabled),
    [...config.connectors.values()].filter((connector) => connector.enabled),
  ];
}

/** Names of the variables of the host that its servers are configured with. */
export function neededVariables(config: FairleadConfig): readonly string[] {
  const variables = enabledEntries(config)
    .flat()
    .flatMap((server): readonly EnvironmentVariable[] => {
      if (server.transport === "stdio") return server.envVars;
      const bearer = server.bearerTokenVar === undefined ? [] : [server.bearerTokenVar];
      return [...Object.values(server.envHeaders), ...bearer];
    });
  return [...new Set(variables.filter(({ source }) => source === "host").map(({ name }) => name))];
}
