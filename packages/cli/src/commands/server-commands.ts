import { type Command, Option } from "commander";
import type { Terminal } from "../output/terminal.js";
import { withLoginFlags } from "./auth-commands.js";
import { collect, collectVariable, withCommonFlags, withFeatureFlags } from "./flags.js";
import { addServeCommand } from "./serve-command.js";

const addHelp = `
Examples:
  fairlead add files -- npx -y @modelcontextprotocol/server-filesystem /srv
  fairlead add --executor devbox files -- npx -y PACKAGE
  fairlead add --url http://10.0.0.7/mcp --bearer-token-env-var TOKEN tools`;

/** Adds the commands that deal with configured servers: add, list, get, remove, enable, disable, ps, doctor, serve. */
export function addServerCommands(program: Command, terminal: Terminal): void {
  withLoginFlags(withCommonFlags(program.command("add")))
    .summary("configure a server, once it was seen to work")
    .description("configure a server, after starting or asking it once to see that it works")
    .argument("<name>", "letters, digits, _ and -; the prefix of its tools")
    .argument("[command...]", "after --: the program and its arguments")
    .option(
      "--executor <name>",
      "where it runs or is reached from (default: default_executor of the configuration)",
    )
    .option("-e, --env <name=value>", "set a variable (repeatable)", collectVariable)
    .option("--env-var <name>", "copy a variable of this machine (repeatable)", collect)
    .option("--cwd <folder>", "where it starts, as its machine spells it")
    .option("--shell-profile", "with the environment that the profile of your shell makes there")
    .option("--url <url>", "instead of a command: the address of a Streamable HTTP server")
    .option("--header <name=value>", "send a header, no credentials (repeatable)", collectVariable)
    .option("--env-header <name=variable>", "send a variable as a header (repeatable)", collectVariable)
    .option("--bearer-token-env-var <name>", "the variable of this machine that holds its token")
    .option("--headers-helper <command>", "a command of this machine that prints headers as JSON")
    .addOption(
      new Option("--protocol <era>", "the era of MCP that it speaks; auto, if it is left out").choices([
        "auto",
        "legacy",
        "modern",
      ]),
    )
    .option("--force", "replace a server of that name")
    .option("--no-probe", "do not start it now")
    .option("--no-browser", "where it wants a login: print the address and open nothing")
    .addHelpText("after", addHelp)
    .action(async (name: string, command: string[], flags) =>
      (await import("./add.js")).addServerCommand({ name, command, flags }, terminal),
    );

  withFeatureFlags(withCommonFlags(program.command("list")))
    .description("show the configured servers")
    .option("--all", "also what agents get beside them: connectors and built-in servers")
    .option("--check", "start each one and count its tools")
    .addHelpText("after", "\nExample:\n  fairlead list --check")
    .action(async (flags) => (await import("./list.js")).listCommand(flags, terminal));

  withCommonFlags(program.command("get"))
    .description("show one server's configuration, secrets masked")
    .argument("<name>", "a configured server")
    .addHelpText("after", "\nExample:\n  fairlead get files --json")
    .action(async (name: string, flags) => (await import("./get.js")).getCommand(name, flags, terminal));

  withCommonFlags(program.command("remove"))
    .description("take a server out of the configuration")
    .argument("<name>", "a configured server")
    .addHelpText("after", "\nExample:\n  fairlead remove files")
    .action(async (name: string, flags) =>
      (await import("./remove.js")).removeCommand(name, flags, terminal),
    );

  addSwitch(program, terminal, "enable");
  addSwitch(program, terminal, "disable");

  withCommonFlags(program.command("ps"))
    .summary("show the process trees that run, on every executor")
    .description("show what is running: process trees with memory and age, on every executor")
    .option("--executor <name>", "only there (local: this machine)")
    .addHelpText("after", "\nExample:\n  fairlead ps --executor devbox")
    .action(async (flags) => (await import("./ps.js")).psCommand(flags, terminal));

  withCommonFlags(program.command("doctor"))
    .summary("say which link to a server is broken, and what to type")
    .description("look at every link from here to each server, say which is broken and what to type")
    .argument("[name]", "only this server (default: all that are switched on)")
    .option("--fix", "mend what is safe to mend: modes of our own files, what dead processes left")
    .option("--bundle <file>", "also write a support archive (.tar.gz), stripped of secrets")
    .addHelpText(
      "after",
      "\nExamples:\n  fairlead doctor\n  fairlead doctor files --json\n  fairlead doctor --bundle support.tar.gz",
    )
    .action(async (name: string | undefined, flags) =>
      (await import("./doctor.js")).doctorCommand(name, flags, terminal),
    );

  addServeCommand(program, terminal);
}

function addSwitch(program: Command, terminal: Terminal, name: "enable" | "disable"): void {
  const isEnabled = name === "enable";
  withCommonFlags(program.command(name))
    .summary(isEnabled ? "let agents have a server again" : "keep a server from agents, but configured")
    .description(
      isEnabled
        ? "let agents have a server again; hosts that are running take it over at once"
        : "keep a server configured, but from agents; hosts that are running take it over at once",
    )
    .argument("<name>", "a configured server")
    .addHelpText("after", `\nExample:\n  fairlead ${name} files`)
    .action(async (server: string, flags) =>
      (await import("./set-enabled.js")).setEnabledCommand({ name: server, isEnabled, flags }, terminal),
    );
}
