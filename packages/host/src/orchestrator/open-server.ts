import {
  type ConnectionHandlers,
  type McpConnection,
  openConnection,
  type ServerTransport,
} from "@fairlead/mcp";
import type { SandboxState } from "../policy/sandbox-state.js";
import type { ServerDefinition } from "./server-definition.js";

/** On whose behalf a server is started. */
export interface ClientProfile {
  readonly clientInfo: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
  };
  /** What is announced to the server: exactly what whoever stands behind us can do. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Sent with every HTTP request, under those of a call: what `forward_headers` lets through. Never logged. */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
  /** What it may do, where it wants to know that. @default nobody says */
  readonly sandbox?: SandboxState | undefined;
}

/** How a server is opened, beside what its definition says. */
export interface OpenServerOptions extends ClientProfile {
  readonly handlers?: ConnectionHandlers | undefined;
  /** Aborting gives the start up; afterwards it does nothing. */
  readonly signal: AbortSignal;
  /** Told how the server is reached, before it is. */
  readonly onTransport?: ((kind: ServerTransport["kind"]) => void) | undefined;
}

/** Starts or reaches one server, and shakes hands. The caller owns the connection. @throws FairleadError of the start */
export async function openServer(
  definition: ServerDefinition,
  options: OpenServerOptions,
): Promise<McpConnection> {
  const { eraMemory } = definition;
  const { onTransport, sandbox, ...connecting } = options;
  const server = await definition.prepare(options.signal);
  onTransport?.(server.kind);
  const connection = await openConnection({
    ...connecting,
    server,
    name: definition.name,
    protocol: definition.protocol,
    rememberedEra: eraMemory?.recall(),
    onEra: (era) => eraMemory?.note(era),
    startupTimeoutMs: definition.startupTimeoutMs,
    maxMessageBytes: definition.maxMessageBytes,
  });
  return sandbox?.guard(connection, definition.name) ?? connection;
}
