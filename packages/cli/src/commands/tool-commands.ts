import type { Command } from "commander";
import type { Terminal } from "../output/terminal.js";
import { collect, collectVariable, withCommonFlags } from "./flags.js";

const runHelp = `
It exits as the program did: its code, 128 + n by signal n, 125 if we failed.
With --pty every key goes to the program, Ctrl-C too. Enter ~ . ends it, and so does closing the terminal.

Examples:
  fairlead run --executor devbox -- make test
  fairlead run --executor devbox --pty -- bash`;

/** Adds the one-shot commands: tools, call, run. */
export function addToolCommands(program: Command, terminal: Terminal): void {
  withCommonFlags(program.command("tools"))
    .description("list the tools of one server, or of all")
    .argument("[server]")
    .addHelpText("after", "\nExample:\n  fairlead tools files")
    .action(async (server: string | undefined, flags) =>
      (await import("./tools.js")).toolsCommand(server, flags, terminal),
    );

  withCommonFlags(program.command("call"))
    .description("call one tool and print what it answers")
    .argument("<server>")
    .argument("<tool>", "its name, as `fairlead tools` shows it or without the server in front")
    .argument("[arguments]", "a JSON object, or - to read it from stdin", "{}")
    .option("--output-dir <dir>", "save pictures and other data of the answer there")
    .addHelpText("after", '\nExample:\n  fairlead call files read_file \'{"path": "/srv/notes.txt"}\'')
    .action(async (server: string, tool: string, argumentsJson: string, flags) =>
      (await import("./call.js")).callCommand({ server, tool, argumentsJson, flags }, terminal),
    );

  withCommonFlags(program.command("run"))
    .description("run a program on an executor, with this terminal's input and output")
    .argument("<command...>", "after --: the program and its arguments")
    .option("--executor <name>", "where it runs (default: default_executor of the configuration)")
    .option("-e, --env <name=value>", "set a variable (repeatable)", collectVariable)
    .option("--env-var <name>", "copy a variable of this machine (repeatable)", collect)
    .option("--cwd <folder>", "where it starts, as its machine spells it")
    .option(
      "--pty",
      "give it a terminal, and this one's keys: for shells, editors and other full-screen programs",
    )
    .addHelpText("after", runHelp)
    .action(async (command: string[], flags) =>
      (await import("./run.js")).runCommand(command, flags, terminal),
    );
}
