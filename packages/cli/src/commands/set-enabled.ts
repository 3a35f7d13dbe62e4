import { editConfigFile, setServerEnabled } from "@fairlead/config";
import { isFairleadError } from "@fairlead/core";
import { type Terminal, withoutWords } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, findServer, loadSettings, refuseElsewhere } from "./settings.js";

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
  const { home, config, invalid } = await loadSettings(flags, terminal, {
    lenient: "entries",
    about: isEnabled ? name : undefined,
  });
  const edit = (text: string): string => setServerEnabled(text, name, isEnabled);
  const broken = config.broken?.get(name);
  if (broken === undefined) refuseElsewhere(findServer(config, name), home);
  const { changed } = await editConfigFile(home, edit).catch((thrown: unknown) => {
    // One that is broken is written down somewhere: what is wrong with it tells where, and "no such server" does not.
    throw isFairleadError(thrown) && thrown.code === "not_found" ? (broken?.error ?? thrown) : thrown;
  });
  if (invalid !== undefined) terminal.warn(describeInvalid(invalid, config), flags.json === true);
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
  const { config } = await loadSettings(flags, withoutWords(terminal), { lenient: "entries", asks: false });
  if ((config.servers.get(name) ?? config.broken?.get(name))?.enabled === isEnabled) return;
  const overruled = `a profile, a project or -c keeps ${name} switched ${isEnabled ? "off" : "on"} here; fairlead config explain mcp_servers.${name}.enabled shows which`;
  terminal.warn(overruled, flags.json === true);
}
