import { type FairleadConfig, loadConfig, type ServerConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";

/** What a command knows before it touches anything but files. */
export interface Settings {
  readonly home: string;
  readonly config: FairleadConfig;
}

/** Finds the home and reads the configuration, telling its warnings. */
export async function loadSettings(flags: CommonFlags, terminal: Terminal): Promise<Settings> {
  const home = await findHome(process.env);
  const { config, warnings } = await loadConfig({
    home,
    env: process.env,
    mcpConfigFile: flags.mcpConfig,
    strict: flags.strictConfig,
  });
  for (const warning of warnings) terminal.tell(`fairlead: ${warning.message}`);
  return { home, config };
}

/** Finds a configured server. @throws FairleadError `not_found`, with the names that are known */
export function findServer(config: FairleadConfig, name: string): ServerConfig {
  const server = config.servers.get(name);
  if (server !== undefined) return server;
  const known = [...config.servers.keys()].join(", ");
  const details = { server: name };
  if (config.connectors.has(name)) {
    const text = `${name} is a connector, and this is for servers; fairlead list --all shows it`;
    throw new FairleadError("not_found", text, { reason: "server_unknown", effect: "none", details });
  }
  throw new FairleadError(
    "not_found",
    known === ""
      ? `There is no server ${JSON.stringify(name)}: none is configured yet. Add one with fairlead add.`
      : `There is no server ${JSON.stringify(name)}. Configured are ${known}.`,
    { reason: "server_unknown", effect: "none", details },
  );
}
