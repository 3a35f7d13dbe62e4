import type { HttpServerConfig, ServerConfig, StdioServerConfig } from "@fairlead/config";
import { type LaunchSpec, untilAborted } from "@fairlead/core";
import type { ServerDefinition, ServerTransport } from "@fairlead/host";
import type { HttpClient } from "@fairlead/machine";
import { loginOfferText } from "../auth/login-errors.js";
import { offersLogin } from "../auth/probe-auth.js";
import { hasConfiguredCredentials } from "../auth/request-tokens.js";
import type { TokenSources } from "../auth/token-sources.js";
import type { LaunchVariables } from "../log/redact.js";
import type { EraStore } from "./era-memory.js";
import type { ExecutorPool } from "./executor-pool.js";
import { createHeadersHelper, type HeadersHelper, helperArgv } from "./headers-helper.js";
import { toHttpEndpoint } from "./http-endpoint.js";
import { instanceKeyOf } from "./instance-key.js";
import { isLocalExecutor } from "./is-local-executor.js";
import { cwdUri, toLaunchSpec } from "./launch-spec.js";
import { exitOf } from "./server-exit.js";

/** What servers are reached through, and what of this machine flows into that. */
export interface ServerAccess {
  readonly pool: ExecutorPool;
  /** For servers that are reached from this machine. */
  readonly http: HttpClient;
  readonly eras: EraStore;
  /** What logins sign requests with; never touched for a server whose credentials are configured. */
  readonly tokens: TokenSources;
  /** The environment that variables of the host are read from. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where local programs run that name no folder of their own. */
  readonly cwd: string;
  /**
   * Names of variables that helpers get from our own environment, where `env` is another one, whose values they get too.
   * @default all of `env`
   */
  readonly helperInherits?: readonly string[] | undefined;
  /** Told the variables that a server is launched with, beside the base of its machine. @default nobody is */
  readonly onLaunch?: ((server: string, variables: LaunchVariables) => void) | undefined;
  /** Told what looks odd about a server, in words. */
  readonly warn: (server: string, text: string) => void;
}

/** Joins a configured server with the executor that it runs on or is reached from, which is opened at the start. */
export function toServerDefinition(server: ServerConfig, access: ServerAccess): ServerDefinition {
  const helper = server.transport === "http" ? toHelper(server, access) : undefined;
  return {
    name: server.name,
    executor: server.executor,
    required: server.required,
    startupTimeoutMs: server.startupTimeoutMs,
    toolTimeoutMs: server.toolTimeoutMs,
    maxMessageBytes: server.maxMessageBytes,
    enabledTools: server.enabledTools,
    disabledTools: server.disabledTools,
    tools: server.tools,
    defaultApproval: server.defaultApproval,
    elicitations: server.elicitations,
    share: server.share,
    instanceKey: serverInstanceKey(server, access),
    idleTimeoutMs: server.idleTimeoutMs,
    maxLifetimeMs: server.maxLifetimeMs,
    supportsParallelToolCalls: server.supportsParallelToolCalls,
    forwardHeaders: server.transport === "http" ? server.forwardHeaders : undefined,
    pathMap: access.pool.pathMapOf(server.executor),
    protocol: server.protocol,
    eraMemory: access.eras.memoryOf(server),
    offeredLogin: server.transport === "http" ? (signal) => offeredLogin(server, access, signal) : undefined,
    prepare: (signal) =>
      server.transport === "http"
        ? reach(server, access, { helper, signal })
        : prepareLaunch(server, access, signal),
  };
}

/** What makes two copies of a server the same, with what flows into them from here. @see instanceKeyOf */
export function serverInstanceKey(server: ServerConfig, access: ServerAccess): string {
  const isHere = isLocalExecutor(server.executor);
  return instanceKeyOf(server, {
    env: access.env,
    // A helper runs here, wherever its server is.
    cwd: isHere || server.transport === "http" ? access.cwd : undefined,
    executor: access.pool.identityOf(server.executor),
  });
}

async function prepareLaunch(
  server: StdioServerConfig,
  access: ServerAccess,
  signal: AbortSignal,
): Promise<ServerTransport> {
  const session = await access.pool.open(server.executor, signal);
  const isLocal = isLocalExecutor(server.executor);
  const spec = toLaunchSpec(server, { ...session.machine, isLocal }, access);
  const handedOver = server.envVars.flatMap(({ name, source }) =>
    source === "host" && server.env[name] === undefined ? [name] : [],
  );
  access.onLaunch?.(server.name, { set: spec.env?.set ?? {}, handedOver });
  return { kind: "stdio", launcher: session.launcher, spec };
}

async function reach(
  server: HttpServerConfig,
  access: ServerAccess,
  { helper, signal }: { readonly helper: HeadersHelper | undefined; readonly signal: AbortSignal },
): Promise<ServerTransport> {
  const exit = exitOf(server, access);
  const warn = (text: string): void => access.warn(server.name, text);
  const tokens = hasConfiguredCredentials(server) ? undefined : access.tokens.of(server, exit.fetch);
  const endpoint = toHttpEndpoint(server, { fetch: exit.fetch, env: access.env, helper, tokens, warn });
  // A missing token is a mistake of the configuration, and not one of the server that would refuse us.
  await untilAborted(Promise.resolve(endpoint.headers?.()), signal, `Starting server '${server.name}'`);
  await exit.open(signal);
  return { kind: "http", endpoint };
}

/** Asks a server that is up, and lets everybody in as far as that goes, whether there is a login to it. */
async function offeredLogin(
  server: HttpServerConfig,
  access: ServerAccess,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (hasConfiguredCredentials(server) || server.login.machine !== undefined) return undefined;
  // Among headers of its own there may be credentials of another kind.
  const isBare = [server.headers, server.envHeaders].every((table) => Object.keys(table).length === 0);
  if (!isBare || server.headersHelper !== undefined) return undefined;
  const { fetch } = exitOf(server, access);
  const source = await access.tokens.of(server, fetch).source();
  if ((await source?.missing()) === "reauthentication_required") return undefined;
  const isOffered = await offersLogin({ serverUrl: server.url, fetch, signal });
  return isOffered ? loginOfferText(server.name) : undefined;
}

function toHelper(server: HttpServerConfig, access: ServerAccess): HeadersHelper | undefined {
  const { headersHelper, name, url } = server;
  if (headersHelper === undefined) return undefined;
  return createHeadersHelper({
    server: name,
    // The executor of this machine ends it for certain, should we be killed meanwhile.
    prepare: async () => {
      const { launcher, machine } = await access.pool.open("local");
      const isWindows = machine.pathConvention === "windows";
      const [program = "", ...args] = helperArgv(headersHelper, isWindows);
      const ownEnv = access.helperInherits === undefined ? {} : definedIn(access.env);
      const spec: LaunchSpec = {
        program,
        args,
        cwd: cwdUri(access.cwd, machine.pathConvention, `The headers_helper of ${name}`),
        env: {
          inherit: access.helperInherits ?? Object.keys(access.env),
          set: { ...ownEnv, FAIRLEAD_SERVER_NAME: name, FAIRLEAD_SERVER_URL: url },
        },
        labels: { server: name },
      };
      return { launcher, spec };
    },
  });
}

function definedIn(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
