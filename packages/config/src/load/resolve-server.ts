import type {
  BuiltInConfig,
  ConnectorConfig,
  EnvironmentVariable,
  HttpServerConfig,
  ServerConfig,
  ServerSettings,
  ToolConfig,
} from "../config.js";
import type { ParsedConfig } from "../schema/config-schema.js";
import type { ParsedConnector } from "../schema/connector-schema.js";
import type { ParsedServer } from "../schema/server-schema.js";
import { resolveLogin } from "./resolve-login.js";
import { toMs } from "./to-ms.js";

/** What an entry is resolved with. */
export interface EntrySurroundings {
  /** What holds for the whole file. */
  readonly defaults: ParsedConfig;
  readonly file: string;
  /** Where its program starts on this machine, if it says nothing itself. @default where the command is typed */
  readonly projectFolder?: string | undefined;
  /** Makes an absolute path of this machine of one that was written. */
  readonly toAbsolute: (path: string) => string;
}

/** Gives a server its final form. */
export function resolveServerEntry(
  name: string,
  entry: ParsedServer,
  surroundings: EntrySurroundings,
): ServerConfig {
  const settings = toSettings(name, entry, surroundings);
  if ("url" in entry) return { ...settings, ...toHttp(entry, surroundings) };
  const isHere = settings.executor === "local" || settings.executor === "embedded";
  const cwd = entry.cwd ?? (isHere ? surroundings.projectFolder : undefined);
  return {
    ...settings,
    transport: "stdio",
    command: entry.command,
    args: entry.args,
    ...(cwd === undefined ? {} : { cwd }),
    env: entry.env,
    envVars: entry.env_vars.map(toVariable),
    ...(entry.shell_profile ? { shellProfile: true } : {}),
  };
}

/** Gives a connector its final form. */
export function resolveConnectorEntry(
  name: string,
  entry: ParsedConnector,
  surroundings: EntrySurroundings,
): ConnectorConfig {
  const whole = { ...entry, required: false, forward_headers: [] };
  return { ...toSettings(name, whole, surroundings), ...toHttp(whole, surroundings) };
}

/** Gives what is said about a built-in server its final form. */
export function resolveBuiltInEntry({
  default_approval: defaultApproval,
  tools,
}: ParsedConfig["built_ins"][string]): BuiltInConfig {
  return {
    ...(defaultApproval === undefined ? {} : { defaultApproval }),
    tools: Object.fromEntries(
      Object.entries(tools).map(([tool, { approval }]) => [tool, approval === undefined ? {} : { approval }]),
    ),
  };
}

function toSettings(
  name: string,
  entry: ParsedServer,
  { defaults, file }: EntrySurroundings,
): ServerSettings {
  return {
    name,
    executor: entry.executor ?? defaults.default_executor,
    enabled: entry.enabled,
    required: entry.required,
    startupTimeoutMs: toMs(entry.startup_timeout_sec),
    toolTimeoutMs: toMs(entry.tool_timeout_sec),
    ...(entry.enabled_tools === undefined ? {} : { enabledTools: entry.enabled_tools }),
    disabledTools: entry.disabled_tools,
    protocol: entry.protocol,
    maxMessageBytes: entry.max_message_bytes ?? defaults.max_message_bytes,
    share: entry.share ?? ("url" in entry ? "all" : "client"),
    ...(entry.idle_timeout_sec === undefined ? {} : { idleTimeoutMs: toMs(entry.idle_timeout_sec) }),
    ...(entry.max_lifetime_sec === undefined ? {} : { maxLifetimeMs: toMs(entry.max_lifetime_sec) }),
    supportsParallelToolCalls: entry.supports_parallel_tool_calls,
    defaultApproval: entry.default_approval,
    tools: Object.fromEntries(Object.entries(entry.tools).map(([tool, changes]) => [tool, toTool(changes)])),
    elicitations: entry.elicitations,
    file,
  };
}

function toHttp(
  entry: Extract<ParsedServer, { readonly url: string }>,
  { defaults, toAbsolute }: EntrySurroundings,
): Omit<HttpServerConfig, keyof ServerSettings> {
  return {
    transport: "http",
    url: entry.url,
    headers: entry.http_headers,
    envHeaders: Object.fromEntries(
      Object.entries(entry.env_http_headers).map(([header, variable]) => [header, toVariable(variable)]),
    ),
    ...(entry.bearer_token_env_var === undefined
      ? {}
      : { bearerTokenVar: toVariable(entry.bearer_token_env_var) }),
    ...(entry.headers_helper === undefined ? {} : { headersHelper: entry.headers_helper }),
    login: resolveLogin(entry, { defaults, toAbsolute }),
    proxy: entry.proxy,
    forwardHeaders: [...new Set(entry.forward_headers.map((header) => header.toLowerCase()))],
  };
}

function toVariable(written: string | EnvironmentVariable): EnvironmentVariable {
  return typeof written === "string" ? { name: written, source: "host" } : written;
}

function toTool({ approval, rename, description }: ParsedServer["tools"][string]): ToolConfig {
  return {
    ...(approval === undefined ? {} : { approval }),
    ...(rename === undefined ? {} : { rename }),
    ...(description === undefined ? {} : { description }),
  };
}
