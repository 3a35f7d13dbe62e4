import type { Launcher, LaunchSpec } from "@fairlead/core";
import type { ConnectionHandlers, McpConnection } from "../connection/types.js";
import type { Era } from "../eras/protocol-versions.js";
import type { HttpEndpoint } from "../http/http-endpoint.js";
import { openHttpServer } from "./open-http-server.js";
import { openStdioServer } from "./open-stdio-server.js";

/** Where a server is: a program to launch, an address, or this very process. */
export type ServerTransport =
  | { readonly kind: "stdio"; readonly launcher: Launcher; readonly spec: LaunchSpec }
  | { readonly kind: "http"; readonly endpoint: HttpEndpoint }
  /** A part of the program that behaves like a server. */
  | { readonly kind: "in-process"; open(handlers: ConnectionHandlers): Promise<McpConnection> };

/** How a server is opened, whatever its transport and era. */
export interface OpenConnectionOptions {
  readonly server: ServerTransport;
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  /** Who we say we are: the agent behind us where there is one. */
  readonly clientInfo: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
  };
  /** Sent with every HTTP request, over the configured headers, under those of a call; stdio has none. Never logged. */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
  /** What the agent behind us can do. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** @default "auto": modern where the server speaks it, else legacy */
  readonly protocol?: "auto" | Era | undefined;
  /** What `auto` found the last time; saves the question. Where it is wrong it is found out and told anew. */
  readonly rememberedEra?: Era | undefined;
  /** Told which era `auto` found, each time that it had to ask; not where the server, being slow or gone, left it open. */
  readonly onEra?: ((era: Era) => void) | undefined;
  /** Milliseconds from the launch to the end of the handshake, all its retries included. @default 60 s */
  readonly startupTimeoutMs?: number | undefined;
  /** Longest message that is read, in bytes. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  readonly handlers?: ConnectionHandlers | undefined;
  /** Aborting while it starts gives up; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a connection to a server of either transport and either era. */
export async function openConnection(options: OpenConnectionOptions): Promise<McpConnection> {
  const { server, ...rest } = options;
  if (server.kind === "in-process") return server.open(rest.handlers ?? {});
  if (server.kind === "http") return openHttpServer({ ...rest, endpoint: server.endpoint });
  return openStdioServer({ ...rest, launcher: server.launcher, spec: server.spec });
}
