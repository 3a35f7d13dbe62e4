import { editConfigFile, removeServer } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead remove`: takes a server out of config.toml. */
export async function removeCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  // Whatever else is wrong in the file, this may be what mends it.
  const home = await findHome(process.env);
  await editConfigFile(home, (text) => removeServer(text, name));
  if (flags.json === true) terminal.printJson({ removed: name });
  else terminal.print(`Removed ${name}`);
}
