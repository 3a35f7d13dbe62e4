import type { ServerConfig } from "@fairlead/config";
import { type ConnectionHandlers, type McpConnection, openStdioConnection } from "@fairlead/mcp";
import type { CommandContext } from "../commands/context.js";
import { version } from "../version.js";
import { toServerDefinition } from "./server-definitions.js";

/** Starts one configured server for a one-shot command, as a client that can answer nothing. The caller owns it. */
export async function openServer(
  server: ServerConfig,
  context: CommandContext,
  handlers: ConnectionHandlers = {},
): Promise<McpConnection> {
  const definition = toServerDefinition(server, context.pool, { env: process.env, cwd: process.cwd() });
  const { launcher, spec } = await definition.prepare(context.signal);
  return openStdioConnection({
    launcher,
    spec,
    name: server.name,
    clientInfo: { name: "fairlead", version },
    capabilities: {},
    startupTimeoutMs: server.startupTimeoutMs,
    maxMessageBytes: server.maxMessageBytes,
    handlers,
    signal: context.signal,
  });
}
