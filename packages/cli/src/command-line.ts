import { Command } from "commander";
import { createTerminal, type Terminal } from "./output/terminal.js";
import { runProgram } from "./run-program.js";
import { version } from "./version.js";

/** Parses and runs a command. @param argv without the program's own name */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr, process.env);
  await runProgram(await createProgram(terminal), argv, terminal);
}

/** Makes the tree of all commands; nothing of what they do is loaded yet. */
export async function createProgram(terminal: Terminal): Promise<Command> {
  const program = new Command("fairlead")
    .description("Runs MCP servers on the machine where they belong")
    .version(version)
    .enablePositionalOptions();
  // Each command is loaded when it is typed: starting fast matters more than anything else here.
  const { addServerCommands } = await import("./commands/server-commands.js");
  const { addToolCommands } = await import("./commands/tool-commands.js");
  const { addAuthCommands } = await import("./commands/auth-commands.js");
  const { addExecutorCommands } = await import("./commands/executor-commands.js");
  const { addMachineCommands } = await import("./commands/machine-commands.js");
  const { addCompletionCommand } = await import("./commands/completion-command.js");
  const { groupCommands } = await import("./commands/command-groups.js");
  addServerCommands(program, terminal);
  addToolCommands(program, terminal);
  addAuthCommands(program, terminal);
  addExecutorCommands(program, terminal);
  addMachineCommands(program, terminal);
  addCompletionCommand(program, terminal);
  groupCommands(program);
  return program;
}
