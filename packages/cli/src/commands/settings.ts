import {
  configFilePath,
  didYouMean,
  type FairleadConfig,
  type LayerOptions,
  loadConfig,
  type ServerConfig,
} from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { loadProject } from "../project/load-project.js";
import { findHome } from "../runtime/home.js";
import { switchedFeatures } from "../serve/features.js";
import type { CommonFlags } from "./flags.js";

/** What a command knows before it touches anything but files. */
export interface Settings {
  readonly home: string;
  readonly config: FairleadConfig;
  /** What was left out on purpose: for whoever looks at the whole of it. */
  readonly notes: readonly string[];
  /** Of a lenient reading: what is wrong and was left out. */
  readonly invalid?: FairleadError | undefined;
}

/** How the configuration is read. */
export interface SettingsOptions {
  /**
   * Whether what is invalid is left out, and is the caller's to tell, instead of being the end: everything, or servers and
   * executors alone. @default false, for a command "entries"
   */
  readonly lenient?: boolean | "entries";
  /** The server that the command is about: if that one cannot be used, what is wrong with it is the end. */
  readonly about?: string | undefined;
  /** Whether a person at a terminal may be asked about files of the project. @default true */
  readonly asks?: boolean;
}

/** Finds the home and reads the configuration, telling its warnings. */
export async function loadSettings(
  flags: CommonFlags,
  terminal: Terminal,
  { lenient = false, about, asks = true }: SettingsOptions = {},
): Promise<Settings> {
  const home = await findHome(process.env);
  const options = await layersOf(flags, { home, terminal, asks: asks && canAsk(flags) });
  const loaded = await loadConfig({ ...options, strict: flags.strictConfig, lenient });
  const { config, warnings, notes, invalid } = loaded;
  for (const { message } of warnings) terminal.warn(message, flags.json === true);
  if (about !== undefined) throwIfBroken(config, about);
  return { home, config, notes, invalid };
}

/** Everything that the configuration is read from, files of the project among it. */
export async function layersOf(
  flags: CommonFlags,
  surroundings: { readonly home: string; readonly terminal: Terminal; readonly asks: boolean },
): Promise<LayerOptions> {
  const projectFiles = await loadProject({
    ...surroundings,
    cwd: process.cwd(),
    named: flags.mcpConfig,
    asJson: flags.json === true,
  });
  return { ...ownLayersOf(flags, surroundings.home), projectFiles, mcpConfigFile: flags.mcpConfig };
}

/** What of the configuration belongs to the user and not to a project or a file of other servers. */
export function ownLayersOf(flags: CommonFlags, home: string): LayerOptions {
  return {
    home,
    env: process.env,
    profile: flags.profile,
    overrides: flags.config,
    features: switchedFeatures(flags),
  };
}

/** Whether somebody is at a terminal who can be asked something. */
export function canAsk(flags: CommonFlags): boolean {
  return flags.json !== true && process.stdin.isTTY && process.stderr.isTTY;
}

/** What is wrong with the configuration, and what goes on without. */
export function describeInvalid({ message }: FairleadError, { broken }: FairleadConfig): string {
  const names = [...(broken?.keys() ?? [])];
  return names.length === 0 ? message : `${message}\n  Left out until that is corrected: ${names.join(", ")}`;
}

/** Whether somebody asks for a server that is written down but cannot be used. @throws FairleadError `usage`: what is wrong with it */
export function throwIfBroken({ broken }: FairleadConfig, name: string): void {
  const found = broken?.get(name);
  if (found !== undefined) throw found.error;
}

/**
 * Finds a configured server.
 * @throws FairleadError `not_found`, with the names that are known; `usage` for one that cannot be used
 */
export function findServer(config: FairleadConfig, name: string): ServerConfig {
  const server = config.servers.get(name);
  if (server !== undefined) return server;
  throwIfBroken(config, name);
  if (config.connectors.has(name)) {
    const text = `${name} is a connector, and this is for servers; fairlead list --all shows it`;
    const details = { server: name };
    throw new FairleadError("not_found", text, { reason: "server_unknown", effect: "none", details });
  }
  throw unknownServer(name, [...config.servers.keys()]);
}

/** What is said of a name that nothing has. @param known the names that there are */
export function unknownServer(name: string, known: readonly string[]): FairleadError {
  const text =
    known.length === 0
      ? `There is no server ${JSON.stringify(name)}: none is configured yet. Add one with fairlead add.`
      : `There is no server ${JSON.stringify(name)}. Configured are ${known.join(", ")}.${didYouMean(name, known)}`;
  const details = { server: name };
  return new FairleadError("not_found", text, { reason: "server_unknown", effect: "none", details });
}

/** Commands change the user's file alone. @throws FairleadError `usage` for a server of another one, with its path */
export function refuseElsewhere({ name, file }: ServerConfig, home: string): void {
  if (file === configFilePath(home)) return;
  throw new FairleadError("usage", `Server ${name} is configured in ${file}: change it there`, {
    reason: "argument_invalid",
    effect: "none",
    details: { server: name, file },
  });
}
