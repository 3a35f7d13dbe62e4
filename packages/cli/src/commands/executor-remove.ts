import { editConfigFile, removeExecutor } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** `fairlead executor remove`: takes an executor out of config.toml, and says which servers are left without one. */
export async function executorRemoveCommand(
  name: string,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  const settings = await loadSettings(flags, terminal, { lenient: true, asks: false });
  if (settings.invalid !== undefined) terminal.tell(`fairlead: ${settings.invalid.message}`);
  await editConfigFile(settings.home, (text) => removeExecutor(text, name));
  const stranded = [...settings.config.servers.values()]
    .filter((server) => server.executor === name)
    .map((server) => server.name);
  if (flags.json === true) terminal.printJson({ removed: name, serversLeft: stranded });
  else terminal.print(`Removed executor ${name}`);
  if (stranded.length > 0) terminal.tell(`fairlead: these servers still name it: ${stranded.join(", ")}`);
}
