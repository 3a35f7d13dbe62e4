import { configFilePath, editConfigFile, setServerEnabled } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { findServer, loadSettings } from "./settings.js";

/** What was typed: `enable NAME` or `disable NAME`. */
export interface SetEnabledInput {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly flags: CommonFlags;
}

/** `fairlead enable` and `disable`: whether agents get a server. Hosts that are running take it over at once. */
export async function setEnabledCommand(
  { name, isEnabled, flags }: SetEnabledInput,
  terminal: Terminal,
): Promise<void> {
  const { home, config } = await loadSettings(flags, terminal);
  const server = findServer(config, name);
  if (server.file !== configFilePath(home)) {
    throw new FairleadError("usage", `Server ${name} is configured in ${server.file}: change it there`, {
      reason: "argument_invalid",
      effect: "none",
      details: { server: name, file: server.file },
    });
  }
  // What is on without a word about it stays without one.
  const { changed } =
    server.enabled === isEnabled
      ? { changed: false }
      : await editConfigFile(home, (text) => setServerEnabled(text, name, isEnabled));
  if (flags.json === true) {
    terminal.printJson({ server: name, enabled: isEnabled, changed });
    return;
  }
  const already = changed ? "" : " already";
  terminal.print(`${name} is${already} switched ${isEnabled ? "on" : "off"}`);
}
