import { editConfigFile, removeServer } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead remove`: takes a server out of config.toml. */
export async function removeCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  await using context = await openContext(flags, terminal);
  await editConfigFile(context.home, (text) => removeServer(text, name));
  if (flags.json === true) terminal.printJson({ removed: name });
  else terminal.print(`Removed ${name}`);
}
