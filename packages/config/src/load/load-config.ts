import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { FairleadConfig } from "../config.js";
import {
  type ConfigSource,
  type ConfigWarning,
  toConfigError,
  toWarning,
} from "../problems/config-problem.js";
import { createTomlLocator } from "../toml/locate-toml.js";
import { parseToml } from "../toml/parse-toml.js";
import { validateConfig } from "../validate/validate-config.js";
import type { Environment } from "./expand-variables.js";
import { readMcpServersJson } from "./read-mcp-servers-json.js";
import { type ReadFile, readText } from "./read-text.js";
import { resolveConfig } from "./resolve-config.js";

/** Where configuration comes from. */
export interface LoadConfigOptions {
  /** The resolved home folder; its `config.toml` may be missing. */
  readonly home: string;
  /** A file with `mcpServers`, laid over `config.toml`; it must exist. Relative to the working folder. */
  readonly mcpConfigFile?: string | undefined;
  /** Fills in `${VAR}` in that file. @default nothing is set */
  readonly env?: Environment | undefined;
  /** Whether an unknown key is an error. @default false, so that an older version can read a newer file */
  readonly strict?: boolean | undefined;
  /** @default reads from disk */
  readonly readFile?: ReadFile | undefined;
}

/** The configuration, and what should be told to whoever wrote it. */
export interface LoadedConfig {
  readonly config: FairleadConfig;
  readonly warnings: readonly ConfigWarning[];
}

/** The path of the configuration file inside a home folder. */
export function configFilePath(home: string): string {
  return join(home, "config.toml");
}

/**
 * Reads and checks the whole configuration. No file at all is an empty configuration.
 * @throws FairleadError `usage`, reason `config_invalid`, naming every problem with its file, line and key
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const file = configFilePath(options.home);
  const text = (await readText(file, options.readFile)) ?? "";
  const source: ConfigSource = { file, kind: "toml", lineOf: createTomlLocator(text) };
  const base = validateConfig(parseToml(text, file), source);
  const extra = await loadMcpConfig(options);

  const unknownKeys = [...base.unknownKeys, ...(extra?.unknownKeys ?? [])];
  const found = [...base.problems, ...(extra?.problems ?? [])];
  // A misspelled key is often why another one is missing, so it is told beside what is wrong.
  const misspelled = unknownKeys.filter(({ nearest }) => found.length > 0 && nearest !== undefined);
  const problems = [...found, ...(options.strict === true ? unknownKeys : misspelled)];
  if (base.value === undefined || problems.length > 0) throw toConfigError(problems);
  const layer = extra?.value === undefined ? undefined : { source: extra.source, value: extra.value };
  const resolved = resolveConfig({ source, value: base.value }, layer, (path) =>
    toAbsolute(path, options.home),
  );
  if (resolved.problems.length > 0) throw toConfigError(resolved.problems);
  return {
    config: resolved.config,
    warnings: [
      ...unknownKeys.map((problem) =>
        toWarning("unknown_key", { ...problem, message: `${problem.message} (ignored)` }),
      ),
      ...resolved.unknownExecutors.map((problem) => toWarning("unknown_executor", problem)),
    ],
  };
}

interface LoadedMcpConfig extends ReturnType<typeof validateConfig> {
  readonly source: ConfigSource;
}

async function loadMcpConfig(options: LoadConfigOptions): Promise<LoadedMcpConfig | undefined> {
  if (options.mcpConfigFile === undefined) return undefined;
  const file = resolve(options.mcpConfigFile);
  const text = await readText(file, options.readFile);
  if (text === undefined) {
    throw new FairleadError("usage", `${file} does not exist; --mcp-config needs a file with "mcpServers"`, {
      reason: "config_invalid",
      effect: "none",
      details: { file },
    });
  }
  const source: ConfigSource = { file, kind: "json", lineOf: () => undefined };
  const { raw, problems: early } = readMcpServersJson(text, source, options.env ?? {});
  const validated = validateConfig(raw, source);
  return { ...validated, problems: [...early, ...validated.problems], source };
}

/** Paths in config.toml belong to this machine; `~/` is the user's folder, a relative one begins at the home folder. */
function toAbsolute(path: string, home: string): string {
  return /^~[\\/]/.test(path) ? join(homedir(), path.slice(2)) : resolve(home, path);
}
