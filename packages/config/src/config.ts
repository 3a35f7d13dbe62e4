import type { ExecutorAddress } from "./executors/executor-address.js";

/** The whole configuration, checked and with every default filled in. Maps keep the order of the files. */
export interface FairleadConfig {
  /** Executor of every server that names none. */
  readonly defaultExecutor: string;
  readonly maxMessageBytes: number;
  /** Longest tool name shown to agents, in bytes. */
  readonly maxName: number;
  readonly executors: ReadonlyMap<string, ExecutorConfig>;
  readonly servers: ReadonlyMap<string, ServerConfig>;
}

/** One configured MCP server. */
export interface ServerConfig {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** As it was spelled; read it in the convention of the machine where the server runs. */
  readonly cwd?: string;
  /** Set as given. May hold secrets: show a server only through `maskServer`. */
  readonly env: Readonly<Record<string, string>>;
  readonly envVars: readonly EnvironmentVariable[];
  /** The executor it runs on, the default one filled in. It may not be configured: see `resolveExecutor`. */
  readonly executor: string;
  readonly enabled: boolean;
  readonly required: boolean;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Raw names, `*` as a wildcard; undefined: all tools. */
  readonly enabledTools?: readonly string[];
  readonly disabledTools: readonly string[];
  /** The server's own limit, else that of the whole configuration. */
  readonly maxMessageBytes: number;
  /** The file that it was read from. */
  readonly file: string;
}

/** An environment variable that a server gets as it is, and whose. */
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
