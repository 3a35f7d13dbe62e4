import type { FairleadConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import {
  createFairleadServer,
  createServerLog,
  fairleadServerName,
  type ServerDefinition,
} from "@fairlead/host";
import { askHosts } from "../control/ask-hosts.js";
import { brokenEntries, toBrokenDefinition } from "../runtime/broken-definition.js";
import { toServerDefinition } from "../runtime/server-definitions.js";
import { builtInsOf } from "../serve/built-in-servers.js";
import { toConnectorDefinition } from "../serve/connectors.js";
import { defineDevboxes, devboxesOf } from "../serve/devboxes.js";
import { version } from "../version.js";
import type { CommandContext } from "./context.js";
import { throwIfBroken, unknownServer } from "./settings.js";

/**
 * Finds something with tools by its name: a configured server, a connector, or a server that comes with Fairlead and is
 * switched on.
 * @throws FairleadError `not_found`, with the names that are known
 */
export async function findTarget(name: string, context: CommandContext): Promise<ServerDefinition> {
  const { config } = context;
  const server = config.servers.get(name);
  if (server !== undefined) return toServerDefinition(server, context);
  const connector = config.connectors.get(name);
  if (connector !== undefined) return toConnectorDefinition(connector, context);
  throwIfBroken(config, name);
  const builtIn = builtInsOf(config).find((one) => one.name === name);
  if (builtIn === undefined) throw unknownTarget(name, config);
  if (name === fairleadServerName) return defineFairlead(context);
  const devbox = defineDevboxes(config, context).find((one) => one.name === name);
  if (devbox === undefined) throw unknownTarget(name, config);
  return devbox;
}

/** What `tools` and its like show where no server is named, those that cannot be used among it. @param all also connectors and what comes with Fairlead */
export async function enabledTargets(
  context: CommandContext,
  { all }: { readonly all: boolean },
): Promise<readonly ServerDefinition[]> {
  const { servers, connectors } = context.config;
  const names = [...servers.values(), ...(all ? connectors.values() : [])]
    .filter(({ enabled }) => enabled)
    .map(({ name }) => name);
  const builtIns = all ? builtInsOf(context.config).map(({ name }) => name) : [];
  const found = await Promise.all([...names, ...builtIns].map((name) => findTarget(name, context)));
  return [...found, ...brokenEntries(context.config).map(toBrokenDefinition)];
}

/** The server `fairlead`, as a command has it: it tells of the hosts that are running, and reloads none of them. */
async function defineFairlead({ home }: CommandContext): Promise<ServerDefinition> {
  const servers = (await askHosts(home)).flatMap((host) => host.servers);
  return createFairleadServer({ version, log: createServerLog(), statuses: () => servers });
}

function unknownTarget(name: string, config: FairleadConfig): FairleadError {
  const details = { server: name };
  const isOff =
    name === fairleadServerName ||
    devboxesOf(config).some((one) => one.name === name && one.problem === undefined);
  const feature = name === fairleadServerName ? "fairlead" : "devbox";
  if (isOff) {
    const text = `Server ${name} comes with Fairlead and is switched off. Switch it on in config.toml: features.${feature} = true`;
    return new FairleadError("not_found", text, { reason: "server_unknown", effect: "none", details });
  }
  const known = [
    ...config.servers.keys(),
    ...config.connectors.keys(),
    ...builtInsOf(config).map((one) => one.name),
  ];
  return unknownServer(name, known);
}
