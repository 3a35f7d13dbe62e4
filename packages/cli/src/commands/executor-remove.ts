import { editConfigFile, removeExecutor } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** The flags of `fairlead executor remove`. */
export interface ExecutorRemoveFlags extends CommonFlags {
  /** Also where servers name it. */
  readonly force?: boolean;
}

/** `fairlead executor remove`: takes an executor out of config.toml, unless something would be left without one. */
export async function executorRemoveCommand(
  name: string,
  flags: ExecutorRemoveFlags,
  terminal: Terminal,
): Promise<void> {
  const { home, config, invalid } = await loadSettings(flags, terminal, { lenient: true, asks: false });
  if (invalid !== undefined) terminal.warn(invalid.message, flags.json === true);
  const { servers, connectors, broken = new Map<string, never>() } = config;
  const stranded = [...servers.values(), ...connectors.values(), ...broken.values()]
    .filter((server) => server.executor === name)
    .map((server) => server.name);
  const isDefault = config.defaultExecutor === name;
  await editConfigFile(home, (text) => {
    // Refuses a name that there is not, before anything is said about servers.
    const edited = removeExecutor(text, name);
    if (flags.force === true || (stranded.length === 0 && !isDefault)) return edited;
    throw inUse(name, stranded, isDefault);
  });
  if (flags.json === true) terminal.printJson({ removed: name, serversLeft: stranded });
  else terminal.print(`Removed executor ${name}`);
  if (stranded.length > 0) terminal.tell(`fairlead: these servers still name it: ${stranded.join(", ")}`);
  if (isDefault) terminal.tell("fairlead: it still is default_executor of config.toml");
}

function inUse(name: string, servers: readonly string[], isDefault: boolean): FairleadError {
  const users = [
    ...(servers.length === 0 ? [] : [`${servers.join(", ")} run${servers.length === 1 ? "s" : ""} on it`]),
    ...(isDefault ? ["default_executor names it"] : []),
  ];
  return new FairleadError(
    "usage",
    `Executor ${name} is in use: ${users.join(", and ")}. Nothing was removed; --force removes it all the same.`,
    { reason: "argument_invalid", effect: "none", details: { executor: name, servers: servers.join(", ") } },
  );
}
