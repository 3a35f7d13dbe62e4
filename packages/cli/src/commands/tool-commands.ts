import type { Command } from "commander";
import type { Terminal } from "../output/terminal.js";
import { asRunner } from "../run-program.js";
import { collect, collectVariable, withCommonFlags } from "./flags.js";

const runHelp = `
It exits as the program did: its code, 128 + n by signal n, 125 if we failed.
With --pty every key goes to the program, Ctrl-C too. Enter ~ . ends it, and so
does closing the terminal.

Examples:
  fairlead run --executor devbox -- make test
  fairlead run --executor devbox --pty -- bash`;

const resourcesHelp = `
Examples:
  fairlead resources
  fairlead resources files file:///srv/notes.txt`;

const promptsHelp = `
Examples:
  fairlead prompts
  fairlead prompts docs summarize '{"topic": "paths"}'`;

/** Adds the one-shot commands: test, tools, call, resources, prompts, run. */
export function addToolCommands(program: Command, terminal: Terminal): void {
  withCommonFlags(program.command("test"))
    .summary("start a server, see what it has, and stop it")
    .description("start a server, or reach it, see what it has, and stop it again")
    .argument("<server>", "a configured server, a connector, or one that comes with Fairlead")
    .addHelpText("after", "\nExample:\n  fairlead test files")
    .action(async (server: string, flags) =>
      (await import("./test.js")).testCommand(server, flags, terminal),
    );

  withCommonFlags(program.command("tools"))
    .summary("list the tools of one server, or of all")
    .description("list the tools of one server, or of all, as agents see them")
    .argument("[server]", "a configured server, a connector, or one that comes with Fairlead")
    .option("--all", "also those of connectors and of servers that come with Fairlead")
    .option("--raw", "the server's own names, and those that are switched off too")
    .addHelpText("after", "\nExample:\n  fairlead tools files")
    .action(async (server: string | undefined, flags) =>
      (await import("./tools.js")).toolsCommand(server, flags, terminal),
    );

  withCommonFlags(program.command("call"))
    .description("call one tool and print what it answers")
    .argument("<server>", "a configured server, a connector, or one that comes with Fairlead")
    .argument("<tool>", "its name, as `fairlead tools` shows it or without the server in front")
    .argument("[arguments]", "a JSON object, or - to read it from stdin", "{}")
    .option("--output-dir <dir>", "save pictures and other data of the answer there")
    .option("--raw", "take the tool's own name, also of one that is switched off")
    .addHelpText("after", '\nExample:\n  fairlead call files read_file \'{"path": "/srv/notes.txt"}\'')
    .action(async (server: string, tool: string, argumentsJson: string, flags) =>
      (await import("./call.js")).callCommand({ server, tool, argumentsJson, flags }, terminal),
    );

  withCommonFlags(program.command("resources"))
    .summary("list the resources of one server or of all, or read one")
    .description("list the resources and templates of one server or of all, or read one")
    .argument("[server]", "a configured server, a connector, or one that comes with Fairlead")
    .argument("[uri]", "read this one")
    .option("--all", "also those of connectors and of servers that come with Fairlead")
    .option("--output-dir <dir>", "save pictures and other data there")
    .addHelpText("after", resourcesHelp)
    .action(async (server: string | undefined, uri: string | undefined, flags) =>
      (await import("./resources.js")).resourcesCommand({ server, uri, flags }, terminal),
    );

  withCommonFlags(program.command("prompts"))
    .summary("list the prompts of one server or of all, or show one")
    .description("list the prompts of one server or of all, or show what one says")
    .argument("[server]", "a configured server, a connector, or one that comes with Fairlead")
    .argument("[prompt]", "show this one, as agents see it or without the server in front")
    .argument("[arguments]", "a JSON object with texts", "{}")
    .option("--all", "also those of connectors and of servers that come with Fairlead")
    .addHelpText("after", promptsHelp)
    .action(async (server: string | undefined, prompt: string | undefined, argumentsJson: string, flags) =>
      (await import("./prompts.js")).promptsCommand({ server, prompt, argumentsJson, flags }, terminal),
    );

  asRunner(withCommonFlags(program.command("run")))
    .summary("run a program on an executor, in this terminal")
    .description("run a program on an executor, with this terminal's input and output")
    .argument("<command...>", "after --: the program and its arguments")
    .option("--executor <name>", "where it runs (default: default_executor of the configuration)")
    .option("-e, --env <name=value>", "set a variable (repeatable)", collectVariable)
    .option("--env-var <name>", "copy a variable of this machine (repeatable)", collect)
    .option("--cwd <folder>", "where it starts, as its machine spells it")
    .option("--shell-profile", "with the environment that the profile of your shell makes there")
    .option(
      "--pty",
      "give it a terminal, and this one's keys: for shells, editors and other full-screen programs",
    )
    .addHelpText("after", runHelp)
    .action(async (command: string[], flags) =>
      (await import("./run.js")).runCommand(command, flags, terminal),
    );
}
