import type { EnvironmentVariable, ServerConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { ControlMethod, ControlOptions } from "../control/control-server.js";
import { isRecord } from "../control/json-values.js";
import { type ServerAccess, serverInstanceKey } from "../runtime/server-definitions.js";
import { version } from "../version.js";
import { type AttachedAgents, createAttachedAgents } from "./attached-agents.js";
import type { Serving } from "./open-serving.js";

/** The part of a host that takes in agents whose processes are only relays. */
export interface Hub {
  readonly methods: Readonly<Record<string, ControlMethod>>;
  readonly attach: NonNullable<ControlOptions["attach"]>;
  readonly agents: AttachedAgents;
}

/** Makes it over a host. @param access what the host's own servers are defined with */
export function createHub(serving: Serving, access: ServerAccess): Hub {
  const agents = createAttachedAgents(serving.host);
  return {
    agents,
    methods: {
      "attach/offer": () => ({ version, needs: neededVariables(enabledServers(serving)) }),
    },
    attach: (params) => {
      const hello = readHello(params);
      checkServer(serving, hello.server);
      checkView(serving, access, hello);
      return (line) => agents.take(line, hello);
    },
  };
}

interface Hello {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly server: string | undefined;
}

function readHello({ cwd, env = {}, server }: Readonly<Record<string, unknown>>): Hello {
  const isEnv = isRecord(env) && Object.values(env).every((value) => typeof value === "string");
  if (typeof cwd !== "string" || !isEnv || (server !== undefined && typeof server !== "string")) {
    throw new FairleadError("usage", "attach needs cwd, and may have env and server", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  return { cwd, env: env as Readonly<Record<string, string>>, server };
}

function checkServer({ host }: Serving, server: string | undefined): void {
  const known = host.servers.map(({ name }) => name);
  if (server === undefined || known.includes(server)) return;
  throw new FairleadError(
    "not_found",
    `There is no server ${JSON.stringify(server)}; the hub has ${known.join(", ") || "none"}`,
    { reason: "server_unknown", effect: "none", details: { server } },
  );
}

/**
 * An agent gets its servers as its own process would start them. Those of this host were resolved with its folder and
 * environment, so an agent for whom any of them came out otherwise serves itself.
 */
function checkView(serving: Serving, access: ServerAccess, { cwd, env, server }: Hello): void {
  const seen = enabledServers(serving).filter(({ name }) => server === undefined || name === server);
  const view: ServerAccess = { ...access, cwd, env };
  const other = seen.filter(
    (config) => serverInstanceKey(config, view) !== serverInstanceKey(config, access),
  );
  if (other.length === 0) return;
  const names = other.map(({ name }) => name).join(", ");
  throw new FairleadError(
    "unavailable",
    `From its folder and environment this agent would start ${names} otherwise than the hub does; give them a cwd, or let the agent serve itself: --attach auto`,
    { effect: "none", details: { servers: names } },
  );
}

function enabledServers({ config }: Serving): readonly ServerConfig[] {
  return [...config.servers.values()].filter((server) => server.enabled);
}

function neededVariables(servers: readonly ServerConfig[]): readonly string[] {
  const variables = servers.flatMap((server): readonly EnvironmentVariable[] => {
    if (server.transport === "stdio") return server.envVars;
    const bearer = server.bearerTokenVar === undefined ? [] : [server.bearerTokenVar];
    return [...Object.values(server.envHeaders), ...bearer];
  });
  return [...new Set(variables.filter(({ source }) => source === "host").map(({ name }) => name))];
}
