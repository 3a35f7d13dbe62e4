import type { FairleadError, PathPair } from "@fairlead/core";
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
  /** What holds for the logins of all servers. */
  readonly logins: LoginsConfig;
  readonly gateway: GatewayConfig;
  readonly features: Readonly<Record<FeatureName, boolean>>;
  readonly executors: ReadonlyMap<string, ExecutorConfig>;
  readonly servers: ReadonlyMap<string, ServerConfig>;
  /** Never of the same name as a server. Only those who ask for the effective set know them: they are no configured servers. */
  readonly connectors: ReadonlyMap<string, ConnectorConfig>;
  /** What is said about servers that come with Fairlead, by their names; none of them is switched on by that. */
  readonly builtIns: ReadonlyMap<string, BuiltInConfig>;
  /** Servers and connectors that cannot be used as they are written; in none of the others. Only of a load that goes on without them. */
  readonly broken?: ReadonlyMap<string, BrokenServer>;
  /** What else such a load goes on without: executors, and connectors called like a server; as `executors.far`. */
  readonly leftOut?: ReadonlySet<string>;
}

/** A server or connector that is written down, but not as one can be used. */
export interface BrokenServer {
  readonly name: string;
  readonly origin: "configured" | "connector";
  /** As it is written, else the default one; it may be what is wrong. */
  readonly executor: string;
  readonly transport: "stdio" | "http";
  readonly enabled: boolean;
  readonly required: boolean;
  /** Whether its tools could be called after it. */
  readonly hasUsableName: boolean;
  /** `usage`, reason `config_invalid`: everything that is wrong with it, with file, line and key. */
  readonly error: FairleadError;
}

/** When a built-in server asks before a call. */
export interface BuiltInConfig {
  /** Undefined: as the server itself has it. */
  readonly defaultApproval?: Approval;
  /** By raw name. */
  readonly tools: Readonly<Record<string, Pick<ToolConfig, "approval">>>;
}

/** Where logins are kept, and how they are made where a server says nothing else. */
export interface LoginsConfig {
  /** `keyring` is another word for `encrypted`. */
  readonly store: "auto" | "keyring" | "encrypted" | "file" | "keyring-direct";
  /** 1 to 65535; undefined: one that is free. */
  readonly callbackPort?: number;
  readonly callbackUrl?: string;
  /** Absolute, https. */
  readonly clientMetadataUrl?: string;
}

/** How a login at a server is made. */
export interface ServerLoginConfig {
  readonly clientId?: string;
  /** Name of the variable of this machine that holds the client's secret. */
  readonly clientSecretVar?: string;
  /** The only authorization server that may see the client's proof. Undefined: whichever the server names. */
  readonly issuer?: string;
  /** Whether this machine gets tokens by itself, and nobody logs in. Undefined: a person does. */
  readonly machine?: MachineProof;
  /** What the browser opens in place of what the server says. */
  readonly authorizationUrl?: string;
  /** The server's own, else that of all; 1 to 65535. */
  readonly callbackPort?: number;
  /** The server's own, else that of all. */
  readonly callbackUrl?: string;
  readonly clientMetadataUrl?: string;
  /** What is asked for; an empty list: nothing. Undefined: what the server says it has. */
  readonly scopes?: readonly string[];
  /** false: none is named. Undefined: what the server says. */
  readonly resource?: string | false;
}

/** How a machine that gets tokens by itself proves who it is. The client is that of the login. */
export type MachineProof =
  | { readonly kind: "secret"; readonly variable: string }
  | {
      readonly kind: "key";
      /** Where the key is kept on this machine, as PEM. A file is an absolute path. */
      readonly key: TokenSource;
      /** Undefined: what the key is for. */
      readonly algorithm?: string;
      readonly keyId?: string;
    };

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
  /** Undefined: only those who show the gateway's own token come in. */
  readonly oauth?: GatewayOauthConfig;
}

/** Whose access tokens let agents in, beside the gateway's own token. */
export interface GatewayOauthConfig {
  /** As it stands in tokens. */
  readonly issuer: string;
  /** The address by which agents reach the merged endpoint. Undefined: the one that it listens on. */
  readonly resource?: string;
  /** What else tokens may be made for, beside the resource. */
  readonly audiences: readonly string[];
  /** Without which nobody comes in. */
  readonly scopes: readonly string[];
  /** Undefined: what the metadata of the issuer name. */
  readonly jwksUrl?: string;
  /** Undefined: tokens are JSON Web Tokens, and their signatures are checked. */
  readonly introspection?: {
    readonly url: string;
    readonly clientId: string;
    /** Name of the environment variable that has the secret. */
    readonly clientSecretVar: string;
  };
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
  /** Whether it gets what the profile of the user's shell sets, on the machine where it runs. @default false */
  readonly shellProfile?: boolean;
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
  /** How a login is made where the server wants one and nothing else is configured. */
  readonly login: ServerLoginConfig;
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
  /** Folders that both machines see; absolute, each in its machine's spelling. */
  readonly pathMap?: readonly PathPair[];
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
