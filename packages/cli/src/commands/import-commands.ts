import { type Command, Option } from "commander";
import { clientWords } from "../clients/client-words.js";
import type { Terminal } from "../output/terminal.js";
import { collectVariable, withCommonFlags } from "./flags.js";

const clients = `${clientWords.slice(0, -1).join(", ")} or ${clientWords.at(-1)}`;

const importHelp = `
What looks like a secret is not copied: it is named, and has to be in
Fairlead's environment.

Examples:
  fairlead import claude --dry-run
  fairlead import claude --project .
  fairlead import --executor devbox .vscode/mcp.json`;

const installHelp = `
Examples:
  fairlead client install claude
  fairlead client install vscode --scope project --dry-run
  fairlead client install cursor --uninstall`;

/** Adds the commands that deal with the configurations of other programs: import, client. */
export function addImportCommands(program: Command, terminal: Terminal): void {
  withCommonFlags(program.command("import"))
    .description("take over the servers of another MCP client, or of a file")
    .argument("<source>", `a file, or ${clients}`)
    .option("--dry-run", "show what would change, and change nothing")
    .option("--force", "replace servers of the same name that are not the same")
    .option("--skip-invalid", "take the good ones, although others cannot be taken")
    .option("--rename <old=new>", "give a server another name here (repeatable)", collectVariable)
    .option("--fix-names", "take the proposed name where one is taken or not possible")
    .option("--executor <name>", "where all of them run, or are reached from")
    .option("--copy-secrets", "write secrets into the configuration, instead of naming their variables")
    .option("--project <folder>", "take the servers of this folder too, in front of the user's")
    .addHelpText("after", importHelp)
    .action(async (source: string, flags) =>
      (await import("./import.js")).importCommand(source, flags, terminal),
    );

  const client = program.command("client").description("make Fairlead known to other MCP clients");
  withCommonFlags(client.command("install"))
    .description("write an entry into a client's configuration that runs fairlead serve")
    .argument("<client>", clients)
    .option("--name <name>", "what the entry is called", "fairlead")
    .addOption(
      new Option("--scope <scope>", "for you, or for everybody of the folder")
        .choices(["user", "project"])
        .default("user"),
    )
    .option("--http [url]", "reach a running gateway there instead (default: gateway.http)")
    .option("--uninstall", "take the entry out")
    .option("--dry-run", "show what would change, and change nothing")
    .option("--force", "also where the client is not found, or the name belongs to something else")
    .option("--project <folder>", "the folder for --scope project (default: the current one)")
    .addHelpText("after", installHelp)
    .action(async (name: string, flags) =>
      (await import("./client-install.js")).clientInstallCommand(name, flags, terminal),
    );

  withCommonFlags(client.command("list"))
    .description("show which clients are here, and which of them know Fairlead")
    .option("--project <folder>", "the folder whose files are looked at (default: the current one)")
    .addHelpText("after", "\nExample:\n  fairlead client list")
    .action(async (flags) => (await import("./client-list.js")).clientListCommand(flags, terminal));
}
