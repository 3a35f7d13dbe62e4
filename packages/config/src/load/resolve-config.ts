import type {
  BuiltInConfig,
  ConnectorConfig,
  EnvironmentVariable,
  ExecutorConfig,
  ExecutorTls,
  FairleadConfig,
  ServerConfig,
  TokenSource,
} from "../config.js";
import { parseExecutorAddress } from "../executors/executor-address.js";
import type { ConfigProblem, ConfigSource } from "../problems/config-problem.js";
import { nearestName } from "../problems/nearest-name.js";
import type { ParsedConfig } from "../schema/config-schema.js";
import type { ParsedExecutor } from "../schema/executor-schema.js";
import { builtInExecutorNames, toolNameReserve } from "../schema/names.js";
import { resolveGateway } from "./resolve-gateway.js";
import { resolveLogins } from "./resolve-login.js";
import { resolveBuiltInEntry, resolveConnectorEntry, resolveServerEntry } from "./resolve-server.js";
import { toMs } from "./to-ms.js";

/** A validated file. */
export interface ConfigLayer {
  readonly source: ConfigSource;
  readonly value: ParsedConfig;
}

/** The configuration, and what only shows when all of it is seen together. */
export interface ResolvedConfig {
  readonly config: FairleadConfig;
  readonly problems: readonly ConfigProblem[];
  /** Names of executors that are not configured; a server that uses one fails when it starts, the others do not. */
  readonly unknownExecutors: readonly ConfigProblem[];
}

/**
 * Lays the servers of an `mcpServers` file over `config.toml` (a server that both name is the file's alone) and gives
 * everything its final form.
 * @param toAbsolute makes an absolute path of this machine of one that was written in `config.toml`
 */
export function resolveConfig(
  base: ConfigLayer,
  extra: ConfigLayer | undefined,
  toAbsolute: (path: string) => string,
): ResolvedConfig {
  const { value } = base;
  const executors = new Map(
    Object.entries(value.executors).map(([name, entry]) => [
      name,
      resolveExecutorEntry(name, entry, toAbsolute),
    ]),
  );
  const problems: ConfigProblem[] = [];
  const unknownExecutors: ConfigProblem[] = [];
  const known = [...builtInExecutorNames, ...executors.keys()];
  const checkExecutor = (name: string, source: ConfigSource, place: readonly PropertyKey[]): void => {
    if (known.includes(name)) return;
    const nearest = nearestName(name, known);
    const question = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
    unknownExecutors.push({
      source,
      place,
      message: `there is no executor ${JSON.stringify(name)}${question}`,
    });
  };

  checkExecutor(value.default_executor, base.source, ["default_executor"]);
  const servers = new Map<string, ServerConfig>();
  for (const layer of extra === undefined ? [base] : [base, extra]) {
    for (const [name, entry] of Object.entries(layer.value.mcp_servers)) {
      const isOverlaid =
        layer === base && extra !== undefined && Object.hasOwn(extra.value.mcp_servers, name);
      // Its place in the order stays that of config.toml.
      const server = resolveServerEntry(name, entry, {
        defaults: value,
        file: layer.source.file,
        toAbsolute,
      });
      servers.set(name, server);
      if (isOverlaid) continue;
      const place = ["mcp_servers", name];
      problems.push(...serverProblems(server, { source: layer.source, place, maxName: value.max_name }));
      if (entry.executor !== undefined) {
        checkExecutor(entry.executor, layer.source, ["mcp_servers", name, "executor"]);
      }
    }
  }
  const connectors = new Map<string, ConnectorConfig>();
  for (const [name, entry] of Object.entries(value.connectors)) {
    const connector = resolveConnectorEntry(name, entry, {
      defaults: value,
      file: base.source.file,
      toAbsolute,
    });
    const place = ["connectors", name];
    connectors.set(name, connector);
    problems.push(...serverProblems(connector, { source: base.source, place, maxName: value.max_name }));
    if (servers.has(name)) {
      const message =
        "there is a server of this name too, and their tools would be called the same; rename one";
      problems.push({ source: base.source, place, message });
    }
    if (entry.executor !== undefined) checkExecutor(entry.executor, base.source, [...place, "executor"]);
  }
  const builtIns = new Map<string, BuiltInConfig>();
  for (const [name, entry] of Object.entries(value.built_ins)) {
    builtIns.set(name, resolveBuiltInEntry(entry));
    checkExecutor(name.slice("devbox_".length), base.source, ["built_ins", name]);
  }
  const config: FairleadConfig = {
    defaultExecutor: value.default_executor,
    maxMessageBytes: value.max_message_bytes,
    maxName: value.max_name,
    logins: resolveLogins(value),
    gateway: resolveGateway(value.gateway, toAbsolute),
    features: value.features,
    executors,
    servers,
    connectors,
    builtIns,
  };
  return { config, problems, unknownExecutors };
}

interface PlacedServer {
  readonly source: ConfigSource;
  readonly place: readonly PropertyKey[];
  readonly maxName: number;
}

function serverProblems(server: ServerConfig, { source, place, maxName }: PlacedServer): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const longest = maxName - toolNameReserve;
  if (server.name.length > longest) {
    const message = `the name of a server has at most ${longest} characters, so that tool names fit into max_name = ${maxName}; it has ${server.name.length}`;
    problems.push({ source, place, message });
  }
  for (const { key, variable } of variablesOf(server)) {
    if (variable.source === "executor" && server.executor === "local") {
      const message = `source "executor" needs a server on another executor, and this one runs on "local"; use source "host" or set executor`;
      problems.push({ source, place: [...place, ...key], message });
    }
  }
  return problems;
}

interface PlacedVariable {
  readonly key: readonly PropertyKey[];
  readonly variable: EnvironmentVariable;
}

function variablesOf(server: ServerConfig): readonly PlacedVariable[] {
  if (server.transport === "stdio") {
    return server.envVars.map((variable, index) => ({ key: ["env_vars", index], variable }));
  }
  const headers = Object.entries(server.envHeaders).map(([name, variable]) => ({
    key: ["env_http_headers", name],
    variable,
  }));
  if (server.bearerTokenVar === undefined) return headers;
  return [...headers, { key: ["bearer_token_env_var"], variable: server.bearerTokenVar }];
}

function resolveExecutorEntry(
  name: string,
  entry: ParsedExecutor,
  toAbsolute: (path: string) => string,
): ExecutorConfig {
  const address = parseExecutorAddress(entry.url);
  if (address === undefined) throw new Error(`The URL of executor ${name} was not validated`);
  const token = resolveToken(entry, toAbsolute);
  return {
    name,
    url: entry.url,
    address,
    ...(token === undefined ? {} : { token }),
    ...(entry.tls === undefined ? {} : { tls: resolveTls(entry.tls, toAbsolute) }),
    ...(entry.detach_ttl_sec === undefined ? {} : { detachTtlMs: toMs(entry.detach_ttl_sec) }),
    ...(entry.path_map === undefined ? {} : { pathMap: entry.path_map }),
  };
}

function resolveToken(entry: ParsedExecutor, toAbsolute: (path: string) => string): TokenSource | undefined {
  if (entry.token_env !== undefined) return { kind: "env", name: entry.token_env };
  return entry.token_file === undefined ? undefined : { kind: "file", path: toAbsolute(entry.token_file) };
}

function resolveTls(
  tls: NonNullable<ParsedExecutor["tls"]>,
  toAbsolute: (path: string) => string,
): ExecutorTls {
  return {
    ...(tls.ca === undefined ? {} : { ca: toAbsolute(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: toAbsolute(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: toAbsolute(tls.key) }),
    ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
  };
}
