import { editConfigFile, removeExecutor } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead executor remove`: takes an executor out of config.toml, and says which servers are left without one. */
export async function executorRemoveCommand(
  name: string,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  await editConfigFile(context.home, (text) => removeExecutor(text, name));
  const stranded = [...context.config.servers.values()]
    .filter((server) => server.executor === name)
    .map((server) => server.name);
  if (flags.json === true) terminal.printJson({ removed: name, serversLeft: stranded });
  else terminal.print(`Removed executor ${name}`);
  if (stranded.length > 0) terminal.tell(`fairlead: these servers still name it: ${stranded.join(", ")}`);
}
