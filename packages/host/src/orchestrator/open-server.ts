import { type ConnectionHandlers, type McpConnection, openConnection } from "@fairlead/mcp";
import type { ServerDefinition } from "./server-definition.js";

/** On whose behalf a server is started. */
export interface ClientProfile {
  readonly clientInfo: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
  };
  /** What is announced to the server: exactly what whoever stands behind us can do. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** How a server is opened, beside what its definition says. */
export interface OpenServerOptions extends ClientProfile {
  readonly handlers?: ConnectionHandlers | undefined;
  /** Aborting gives the start up; afterwards it does nothing. */
  readonly signal: AbortSignal;
}

/** Starts or reaches one server, and shakes hands. The caller owns the connection. @throws FairleadError of the start */
export async function openServer(
  definition: ServerDefinition,
  options: OpenServerOptions,
): Promise<McpConnection> {
  const { eraMemory } = definition;
  return openConnection({
    ...options,
    server: await definition.prepare(options.signal),
    name: definition.name,
    protocol: definition.protocol,
    rememberedEra: eraMemory?.recall(),
    onEra: (era) => eraMemory?.note(era),
    startupTimeoutMs: definition.startupTimeoutMs,
    maxMessageBytes: definition.maxMessageBytes,
  });
}
