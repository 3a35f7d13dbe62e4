import { Command } from "commander";
import { createTerminal } from "./output/terminal.js";
import { runProgram } from "./run-program.js";
import { version } from "./version.js";

/** Parses and runs a command. @param argv without the program's own name */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  const program = new Command("fairlead")
    .description("Runs MCP servers on the machine where they belong")
    .version(version)
    .enablePositionalOptions();
  // Each command is loaded when it is typed: starting fast matters more than anything else here.
  const { addServerCommands } = await import("./commands/server-commands.js");
  const { addToolCommands } = await import("./commands/tool-commands.js");
  const { addAuthCommands } = await import("./commands/auth-commands.js");
  const { addExecutorCommands } = await import("./commands/executor-commands.js");
  const { addWatchCommands } = await import("./commands/watch-commands.js");
  const { addConfigCommands } = await import("./commands/config-commands.js");
  const { addImportCommands } = await import("./commands/import-commands.js");
  addServerCommands(program, terminal);
  addWatchCommands(program, terminal);
  addToolCommands(program, terminal);
  addAuthCommands(program, terminal);
  addExecutorCommands(program, terminal);
  addConfigCommands(program, terminal);
  addImportCommands(program, terminal);
  await runProgram(program, argv, terminal);
}
