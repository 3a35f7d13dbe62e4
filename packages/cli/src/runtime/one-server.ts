import type { ServerConfig } from "@fairlead/config";
import { openServer as openDefined, type ServerDefinition } from "@fairlead/host";
import type { ConnectionHandlers, McpConnection } from "@fairlead/mcp";
import type { CommandContext } from "../commands/context.js";
import { version } from "../version.js";
import { toServerDefinition } from "./server-definitions.js";

/** Starts one configured server for a one-shot command, as a client that can answer nothing. The caller owns it. */
export function openServer(
  server: ServerConfig,
  context: CommandContext,
  handlers: ConnectionHandlers = {},
): Promise<McpConnection> {
  return openDefinition(toServerDefinition(server, context), context, handlers);
}

/** As {@link openServer}, for whatever can be defined: connectors and servers that come with Fairlead too. */
export function openDefinition(
  definition: ServerDefinition,
  { signal }: Pick<CommandContext, "signal">,
  handlers: ConnectionHandlers = {},
): Promise<McpConnection> {
  return openDefined(definition, {
    clientInfo: { name: "fairlead", version },
    capabilities: {},
    handlers,
    signal,
  });
}
