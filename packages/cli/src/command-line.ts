import { Command } from "commander";
import { addAuthCommands } from "./commands/auth-commands.js";
import { groupCommands } from "./commands/command-groups.js";
import { addCompletionCommand } from "./commands/completion-command.js";
import { addConfigCommands } from "./commands/config-commands.js";
import { addExecutorCommands } from "./commands/executor-commands.js";
import { addImportCommands } from "./commands/import-commands.js";
import { addMachineCommands } from "./commands/machine-commands.js";
import { addServerCommands } from "./commands/server-commands.js";
import { addToolCommands } from "./commands/tool-commands.js";
import { addWatchCommands } from "./commands/watch-commands.js";
import { createTerminal, type Terminal } from "./output/terminal.js";
import { runProgram } from "./run-program.js";
import { version } from "./version.js";

/** Parses and runs a command. @param argv without the program's own name */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr, process.env);
  await runProgram(createProgram(terminal), argv, terminal);
}

/**
 * Makes the tree of all commands. What a command does is loaded when it is typed; its names and flags are always needed, so
 * they are one file with this one.
 */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("fairlead")
    .description("Runs MCP servers on the machine where they belong")
    .version(version)
    .enablePositionalOptions();
  addServerCommands(program, terminal);
  addWatchCommands(program, terminal);
  addToolCommands(program, terminal);
  addAuthCommands(program, terminal);
  addExecutorCommands(program, terminal);
  addConfigCommands(program, terminal);
  addImportCommands(program, terminal);
  addMachineCommands(program, terminal);
  addCompletionCommand(program, terminal);
  groupCommands(program);
  return program;
}
