import { controlProgram, startOauthProgram } from "./start-program.js";

/** How a protected MCP server behaves. */
export interface ProtectedServerOptions {
  /** Its authorization server. */
  readonly issuer: string;
  /** Where it finds the keys and the introspection of its issuer. @default the issuer */
  readonly issuerBase?: string;
  /** What it calls itself, which tokens must be made for. @default its URL */
  readonly resource?: string;
  /** @default true */
  readonly isAudienceChecked?: boolean;
  /** Where its metadata of RFC 9728 are: below its path, at the root, or nowhere. @default "path" */
  readonly metadataPlace?: "path" | "root" | "none";
  /** Members of its metadata that are different. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The `scopes_supported` of its metadata. @default ["mcp"] */
  readonly scopesSupported?: readonly string[] | undefined;
  /** The `scope` of its 401. @default none */
  readonly scope?: string;
  /** What its refusals say in WWW-Authenticate: all, only the scheme and error, or nothing. @default "full" */
  readonly challenge?: "full" | "bare" | "none";
  /** The scopes without which a tool is refused with 403 insufficient_scope. @default { admin: ["admin"] } */
  readonly toolScopes?: Readonly<Record<string, readonly string[]>>;
  /** Whether it lets in those without a token, for all but the tools that want a scope. @default false */
  readonly isOpen?: boolean;
  /** @default a free one */
  readonly port?: number;
  /** Put before its command line. */
  readonly wrapper?: readonly string[];
}

/** What it has seen. */
export interface ProtectedCounters {
  /** Requests that it refused with 401. */
  readonly challenges: number;
  readonly accepted: number;
  /** Requests that it refused with 403. */
  readonly insufficient: number;
  /** Calls by tool. */
  readonly calls: Readonly<Record<string, number>>;
  /** SHA-256, hex, of the tokens that it accepted, in order. */
  readonly tokens: readonly string[];
}

/** An MCP server with the tools `echo`, `whoami` and `admin` that wants tokens. Disposing ends it. */
export interface ProtectedServer extends AsyncDisposable {
  /** Of its MCP endpoint. */
  readonly url: string;
  readonly pid: number;
  counters(): Promise<ProtectedCounters>;
  /** Refuses the next so many good tokens with 401. */
  refuseNext(times: number): Promise<void>;
  stderr(): string;
}

/** Starts one on a free port of this machine. */
export async function startProtectedServer({
  wrapper,
  ...options
}: ProtectedServerOptions): Promise<ProtectedServer> {
  const whole = { scopesSupported: ["mcp"], toolScopes: { admin: ["admin"] }, ...options };
  const program = await startOauthProgram("protected-server.mjs", whole, wrapper);
  const { url } = program;
  return {
    url,
    pid: program.pid,
    counters: async () => (await controlProgram(url, "counters")) as ProtectedCounters,
    refuseNext: async (times) => void (await controlProgram(url, "refuseNext", { times })),
    stderr: () => program.stderr(),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
