import { loadConfig } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** A server that was just written into config.toml. */
interface AddedServer {
  readonly name: string;
  /** Where it was tried, or would have been. */
  readonly executor: string;
  readonly home: string;
  readonly flags: CommonFlags;
}

/**
 * Tells where a new server runs on another executor than the one it was tried on: in this folder, because a project says so,
 * or whenever the flags that `add` was given are missing.
 */
export async function tellOtherExecutors(added: AddedServer, terminal: Terminal): Promise<void> {
  const { name, executor, home, flags } = added;
  // What is wrong with the configuration was told when it was read for the command.
  const quiet = { ...terminal, tell: () => {} };
  const { config: here } = await loadSettings(flags, quiet, { lenient: true, asks: false });
  const { config: plain } = await loadConfig({ home, env: process.env, lenient: true });
  const hereOn = here.servers.get(name)?.executor ?? executor;
  const plainOn = plain.servers.get(name)?.executor ?? executor;
  if (hereOn !== executor) {
    const key = here.defaultExecutor === hereOn ? "default_executor" : `mcp_servers.${name}.executor`;
    terminal.tell(
      `fairlead: in this folder ${name} runs on ${hereOn}, because a project or --mcp-config says so; fairlead config explain ${key} shows which`,
    );
  }
  if (plainOn !== executor) {
    terminal.tell(
      `fairlead: without --profile and -c, ${name} runs on ${plainOn}; add it with --executor ${executor} to keep it on ${executor}`,
    );
  }
}
