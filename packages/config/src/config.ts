import type { ExecutorAddress } from "./executors/executor-address.js";
import type { ListenAddress } from "./gateway/listen-address.js";
import type { FeatureName } from "./schema/feature-schema.js";

/** The whole configuration, checked and with every default filled in. Maps keep the order of the files. */
export interface FairleadConfig {
  /** Executor of every server that names none. */
  readonly defaultExecutor: string;
  readonly maxMessageBytes: number;
  /** Longest tool name shown to agents, in bytes. */
  readonly maxName: number;
  readonly gateway: GatewayConfig;
  readonly features: Readonly<Record<FeatureName, boolean>>;
  readonly executors: ReadonlyMap<string, ExecutorConfig>;
  readonly servers: ReadonlyMap<string, ServerConfig>;
  /** Never of the same name as a server. Only those who ask for the effective set know them: they are no configured servers. */
  readonly connectors: ReadonlyMap<string, ConnectorConfig>;
}

/** How agents reach `fairlead serve` over HTTP. */
export interface GatewayConfig {
  /** Undefined: only where `serve` is asked to. */
  readonly http?: ListenAddress;
  /** As they are written. */
  readonly allowedOrigins: readonly string[];
  /** As they are written. */
  readonly allowedHosts: readonly string[];
  /** Files are absolute paths of this machine. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Undefined: the gateway's default. */
  readonly sessionIdleMs?: number;
  /** Undefined: the gateway's default. */
  readonly maxSessions?: number;
}

/** When an agent's user is asked before a tool is called. */
export type Approval = "auto" | "prompt" | "writes" | "approve";

/** What is changed about one tool of a server. */
export interface ToolConfig {
  readonly approval?: Approval;
  readonly rename?: string;
  readonly description?: string;
}

/** One configured MCP server: a program, or an address. */
export type ServerConfig = StdioServerConfig | HttpServerConfig;

/** What servers of every transport have. */
export interface ServerSettings {
  readonly name: string;
  /** The executor it runs on, or is reached from; the default one filled in. It may not be configured: see `resolveExecutor`. */
  readonly executor: string;
  readonly enabled: boolean;
  readonly required: boolean;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Raw names, `*` as a wildcard; undefined: all tools. */
  readonly enabledTools?: readonly string[];
  readonly disabledTools: readonly string[];
  /** Which era of MCP is spoken; `auto`: what the server knows. */
  readonly protocol: "auto" | "legacy" | "modern";
  /** The server's own limit, else that of the whole configuration. */
  readonly maxMessageBytes: number;
  /** Who uses one copy of it together; the default of its transport filled in. */
  readonly share: "all" | "client" | "session";
  /** Undefined: the orchestrator's default. */
  readonly idleTimeoutMs?: number;
  /** Undefined: none. */
  readonly maxLifetimeMs?: number;
  readonly supportsParallelToolCalls: boolean;
  readonly defaultApproval: Approval;
  /** By raw name. */
  readonly tools: Readonly<Record<string, ToolConfig>>;
  /** What happens to questions of the server: asked, declined, or accepted where nothing needs to be filled in. */
  readonly elicitations: "ask" | "deny" | "accept-empty";
  /** The file that it was read from. */
  readonly file: string;
}

/** A server that is a program, speaking over its stdin and stdout. */
export interface StdioServerConfig extends ServerSettings {
  readonly transport: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  /** As it was spelled; read it in the convention of the machine where the server runs. */
  readonly cwd?: string;
  /** Set as given. May hold secrets: show a server only through `maskServer`. */
  readonly env: Readonly<Record<string, string>>;
  readonly envVars: readonly EnvironmentVariable[];
}

/** A server that is reached over Streamable HTTP. */
export interface HttpServerConfig extends ServerSettings {
  readonly transport: "http";
  /** Absolute, http or https. Its query may hold secrets: show a server only through `maskServer`. */
  readonly url: string;
  /** Sent as they are. May hold secrets: show a server only through `maskServer`. */
  readonly headers: Readonly<Record<string, string>>;
  /** By header name; each is read anew for every request. */
  readonly envHeaders: Readonly<Record<string, EnvironmentVariable>>;
  /** Holds the token that is sent as `Authorization: Bearer …`, over all other headers. */
  readonly bearerTokenVar?: EnvironmentVariable;
  /** Prints a JSON object of headers. A text is a command line for the shell of this machine, an array an argv. */
  readonly headersHelper?: string | readonly string[];
  /** Whether proxies are taken as the environment there says, or never. */
  readonly proxy: "environment" | "none";
  /** Names of an agent's own headers that are passed on to it, in lower case. */
  readonly forwardHeaders: readonly string[];
}

/** A remote catalogue of tools that belongs to a login, as what it is to whoever calls it: a server with an address. */
export type ConnectorConfig = HttpServerConfig;

/** An environment variable that is taken as it is, and whose. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly source: "host" | "executor";
}

/** One configured executor. */
export interface ExecutorConfig {
  readonly name: string;
  /** As it was written. */
  readonly url: string;
  readonly address: ExecutorAddress;
  /** Where the bearer token is kept; undefined: none is sent. */
  readonly token?: TokenSource;
  /** Files are absolute paths of this machine. */
  readonly tls?: ExecutorTls;
  /** Undefined: the client's default for the kind of address. */
  readonly detachTtlMs?: number;
}

/** Where a bearer token is kept on this machine. */
export type TokenSource =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** Certificates for a TLS executor. */
export interface ExecutorTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}
