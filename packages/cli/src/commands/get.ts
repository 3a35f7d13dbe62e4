import { maskServer } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import { findServer, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead get`: one server's configuration; what may be a secret shows as `***`. */
export async function getCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  await using context = await openContext(flags, terminal);
  const server = maskServer(findServer(context.config, name));
  if (flags.json === true) {
    terminal.printJson(server);
    return;
  }
  terminal.print(`${server.name}${server.enabled ? "" : "  (disabled)"}`);
  terminal.print(`  command   ${[server.command, ...server.args].join(" ")}`);
  terminal.print(`  executor  ${server.executor}`);
  if (server.cwd !== undefined) terminal.print(`  cwd       ${server.cwd}`);
  for (const [variable, value] of Object.entries(server.env))
    terminal.print(`  env       ${variable}=${value}`);
  for (const variable of server.envVars)
    terminal.print(`  env       ${variable.name} (from the ${variable.source})`);
  terminal.print(`  file      ${server.file}`);
}
