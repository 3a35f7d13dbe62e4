import { editConfigFile, removeServer } from "@fairlead/config";
import { isFairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";
import { findServer, loadSettings, refuseElsewhere } from "./settings.js";

/** `fairlead remove`: takes a server out of config.toml. */
export async function removeCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  // Whatever else is wrong in the file, this may be what mends it.
  const home = await findHome(process.env);
  try {
    await editConfigFile(home, (text) => removeServer(text, name));
  } catch (thrown) {
    if (!isFairleadError(thrown) || thrown.code !== "not_found") throw thrown;
    // It may be a server of a project, or a connector, which other commands show.
    const { config } = await loadSettings(flags, terminal, { lenient: true, asks: false });
    refuseElsewhere(findServer(config, name), home);
    throw thrown;
  }
  if (flags.json === true) terminal.printJson({ removed: name });
  else terminal.print(`Removed ${name}`);
}
