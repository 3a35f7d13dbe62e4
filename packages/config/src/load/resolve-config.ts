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
import type { ConfigProblem, SourceOf } from "../problems/config-problem.js";
import { nearestName } from "../problems/nearest-name.js";
import type { ParsedConfig } from "../schema/config-schema.js";
import type { ParsedExecutor } from "../schema/executor-schema.js";
import { builtInExecutorNames, toolNameReserve } from "../schema/names.js";
import { resolveGateway } from "./resolve-gateway.js";
import { resolveLogins } from "./resolve-login.js";
import {
  type EntrySurroundings,
  resolveBuiltInEntry,
  resolveConnectorEntry,
  resolveServerEntry,
} from "./resolve-server.js";
import { toMs } from "./to-ms.js";

/** The configuration, and what only shows when all of it is seen together. */
export interface ResolvedConfig {
  readonly config: FairleadConfig;
  readonly problems: readonly ConfigProblem[];
  /** Names of executors that are not configured; a server that uses one fails when it starts, the others do not. */
  readonly unknownExecutors: readonly UnknownExecutor[];
}

/** A place that names an executor which is not configured. */
export interface UnknownExecutor extends ConfigProblem {
  readonly executor: string;
}

/**
 * Gives everything its final form.
 * @param value the validated content of all files together
 * @param toAbsolute makes an absolute path of this machine of one that was written
 */
export function resolveConfig(
  value: ParsedConfig,
  sourceOf: SourceOf,
  toAbsolute: (path: string) => string,
): ResolvedConfig {
  const executors = new Map(
    Object.entries(value.executors).map(([name, entry]) => [
      name,
      resolveExecutorEntry(name, entry, toAbsolute),
    ]),
  );
  const problems: ConfigProblem[] = [];
  const unknownExecutors: UnknownExecutor[] = [];
  const known = [...builtInExecutorNames, ...executors.keys()];
  const checkExecutor = (name: string, place: readonly PropertyKey[]): void => {
    if (known.includes(name)) return;
    const nearest = nearestName(name, known);
    const question = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
    unknownExecutors.push({
      executor: name,
      source: sourceOf(place),
      place,
      message: `there is no executor ${JSON.stringify(name)}${question}`,
    });
  };

  checkExecutor(value.default_executor, ["default_executor"]);
  const surroundingsOf = (place: readonly PropertyKey[]): EntrySurroundings => {
    const { file, projectFolder } = sourceOf(place);
    return { defaults: value, file, projectFolder, toAbsolute };
  };
  const servers = new Map<string, ServerConfig>();
  for (const [name, entry] of Object.entries(value.mcp_servers)) {
    const place = ["mcp_servers", name];
    // A server is where its command or address is, whatever else is said about it elsewhere.
    const key = "url" in entry ? "url" : "command";
    const server = resolveServerEntry(name, entry, surroundingsOf([...place, key]));
    servers.set(name, server);
    problems.push(...serverProblems(server, { sourceOf, place, maxName: value.max_name }));
    if (entry.executor !== undefined) checkExecutor(entry.executor, [...place, "executor"]);
  }
  const connectors = new Map<string, ConnectorConfig>();
  for (const [name, entry] of Object.entries(value.connectors)) {
    const place = ["connectors", name];
    const connector = resolveConnectorEntry(name, entry, surroundingsOf([...place, "url"]));
    connectors.set(name, connector);
    problems.push(...serverProblems(connector, { sourceOf, place, maxName: value.max_name }));
    if (servers.has(name)) {
      const message =
        "there is a server of this name too, and their tools would be called the same; rename one";
      problems.push({ source: sourceOf(place), place, message });
    }
    if (entry.executor !== undefined) checkExecutor(entry.executor, [...place, "executor"]);
  }
  const builtIns = new Map<string, BuiltInConfig>();
  for (const [name, entry] of Object.entries(value.built_ins)) {
    builtIns.set(name, resolveBuiltInEntry(entry));
    checkExecutor(name.slice("devbox_".length), ["built_ins", name]);
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
  readonly sourceOf: SourceOf;
  readonly place: readonly PropertyKey[];
  readonly maxName: number;
}

function serverProblems(server: ServerConfig, { sourceOf, place, maxName }: PlacedServer): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const longest = maxName - toolNameReserve;
  if (server.name.length > longest) {
    const message = `the name of a server has at most ${longest} characters, so that tool names fit into max_name = ${maxName}; it has ${server.name.length}`;
    problems.push({ source: sourceOf(place), place, message });
  }
  const isHere = server.executor === "local" || server.executor === "embedded";
  for (const { key, variable } of variablesOf(server)) {
    if (variable.source === "executor" && isHere) {
      const message = `source "executor" needs a server on another executor, and this one runs on "${server.executor}"; use source "host" or set executor`;
      const at = [...place, ...key];
      problems.push({ source: sourceOf(at), place: at, message });
    }
    // In a header it is a value like others.
    if (variable.source === "host" && !isHere && key[0] === "env_vars" && isPlace(variable.name)) {
      const message = `${variable.name} of this machine means nothing on "${server.executor}", which has its own; leave it out, or set it in env`;
      const at = [...place, ...key];
      problems.push({ source: sourceOf(at), place: at, message });
    }
  }
  return problems;
}

/** Whether a variable says where things are on its machine; programs get that of the machine where they run. */
function isPlace(name: string): boolean {
  return ["PATH", "HOME"].includes(name.toUpperCase());
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
