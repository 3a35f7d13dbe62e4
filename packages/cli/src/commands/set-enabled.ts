import { configFilePath, editConfigFile, setServerEnabled } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, findServer, loadSettings } from "./settings.js";

/** What was typed: `enable NAME` or `disable NAME`. */
export interface SetEnabledInput {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly flags: CommonFlags;
}

/**
 * `fairlead enable` and `disable`: whether agents get a server. Hosts that are running take it over at once. Only the user's
 * file is looked at and written: what a profile, a project or a flag lays over it is told.
 */
export async function setEnabledCommand(
  { name, isEnabled, flags }: SetEnabledInput,
  terminal: Terminal,
): Promise<void> {
  const { home, config, invalid } = await loadSettings(flags, terminal, { lenient: "entries", about: name });
  if (invalid !== undefined) terminal.tell(`fairlead: ${describeInvalid(invalid, config)}`);
  const server = findServer(config, name);
  if (server.file !== configFilePath(home)) {
    throw new FairleadError("usage", `Server ${name} is configured in ${server.file}: change it there`, {
      reason: "argument_invalid",
      effect: "none",
      details: { server: name, file: server.file },
    });
  }
  const { changed } = await editConfigFile(home, (text) => setServerEnabled(text, name, isEnabled));
  await warnIfOverruled({ name, isEnabled, flags }, terminal);
  if (flags.json === true) {
    terminal.printJson({ server: name, enabled: isEnabled, changed });
    return;
  }
  const already = changed ? "" : " already";
  terminal.print(`${name} is${already} switched ${isEnabled ? "on" : "off"}`);
}

async function warnIfOverruled(
  { name, isEnabled, flags }: SetEnabledInput,
  terminal: Terminal,
): Promise<void> {
  const { config } = await loadSettings(
    flags,
    { ...terminal, tell: () => {} },
    { lenient: "entries", asks: false },
  );
  if (config.servers.get(name)?.enabled === isEnabled) return;
  terminal.tell(
    `fairlead: a profile, a project or -c keeps ${name} switched ${isEnabled ? "off" : "on"} here; fairlead config explain mcp_servers.${name}.enabled shows which`,
  );
}
