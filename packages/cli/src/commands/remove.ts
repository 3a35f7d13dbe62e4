import { editConfigFile, removeServer } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** `fairlead remove`: takes a server out of config.toml. */
export async function removeCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  const settings = await loadSettings(flags, terminal);
  await editConfigFile(settings.home, (text) => removeServer(text, name));
  if (flags.json === true) terminal.printJson({ removed: name });
  else terminal.print(`Removed ${name}`);
}
