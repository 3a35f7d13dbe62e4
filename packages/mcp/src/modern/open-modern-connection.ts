import { hastyStopTimes, type JsonObject } from "@fairlead/core";
import type { ConnectionHandlers, McpChannel, McpConnection } from "../connection/types.js";
import type { ServerFacts } from "../eras/discovered.js";
import { modernVersions } from "../eras/protocol-versions.js";
import type { RequestEnvelope } from "../eras/request-envelope.js";
import { discoverServer } from "./discover-server.js";
import { createHandlerRelay } from "./handler-relay.js";
import { ModernConnection } from "./modern-connection.js";
import { notModernError, versionMismatchError } from "./modern-errors.js";

/** Who speaks to a modern server. */
export interface ModernOptions {
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  /** Who we say we are: the agent behind us where there is one. */
  readonly clientInfo: JsonObject;
  /** What the agent behind us can do, in the shape of either era. */
  readonly capabilities: JsonObject;
  /** Over HTTP parts of a call travel in headers too. */
  readonly transport: "stdio" | "http";
  readonly handlers?: ConnectionHandlers | undefined;
  /** Aborting while it starts gives up; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that `server/discover` may take; it is not sent again later than that. @default none */
  readonly discoverTimeoutMs?: number | undefined;
}

/**
 * Opens a connection to a server that needs no handshake: `server/discover` stands in for it.
 * @param open makes the channel, which is ours from then on; a failed start closes it
 * @throws FairleadError as the channel gives it, or `protocol` `version_mismatch`
 */
export async function openModernConnection(
  open: (handlers: ConnectionHandlers) => McpChannel | Promise<McpChannel>,
  options: ModernOptions,
): Promise<McpConnection> {
  // A start that fails is told by its error alone.
  const relay = createHandlerRelay({ ...options.handlers, onClosed: undefined });
  const channel = await open(relay.handlers);
  try {
    const { signal, discoverTimeoutMs: timeoutMs } = options;
    const found = await discoverServer(channel, createEnvelope(options), { signal, timeoutMs });
    if (found.kind === "legacy") throw notModernError(options.name, found.why);
    if (found.kind === "mismatch") throw versionMismatchError(options.name, found.supported);
    const connection = createModernConnection(channel, found.facts, options);
    relay.passTo(connection.channelHandlers());
    connection.start();
    return connection;
  } catch (error) {
    await channel.close(hastyStopTimes);
    throw error;
  }
}

/** Makes a connection of a channel whose server was discovered. The channel's handlers are to be pointed to it. */
export function createModernConnection(
  channel: McpChannel,
  facts: ServerFacts,
  options: ModernOptions,
): ModernConnection {
  const { name, transport, handlers = {} } = options;
  return new ModernConnection({
    channel,
    facts,
    name,
    transport,
    handlers,
    envelope: createEnvelope(options),
  });
}

/** What we say about ourselves in every request. */
export function createEnvelope({ clientInfo, capabilities }: ModernOptions): RequestEnvelope {
  // Tasks as the legacy era had them do not exist any more.
  const { tasks: _, ...known } = capabilities;
  return { protocolVersion: modernVersions[0], clientInfo, capabilities: known };
}
