import type { ServerConfig } from "@fairlead/config";
import { openServer as openDefined } from "@fairlead/host";
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
  return openDefined(toServerDefinition(server, context), {
    clientInfo: { name: "fairlead", version },
    capabilities: {},
    handlers,
    signal: context.signal,
  });
}
