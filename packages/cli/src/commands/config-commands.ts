import type { Command } from "commander";
import type { Terminal } from "../output/terminal.js";
import { withCommonFlags, withFeatureFlags } from "./flags.js";

const trustHelp = `
Project files are .fairlead/config.toml and .mcp.json in the folder, and
above it up to the root of its repository. They are not used before you trust
them, because they start programs; a file that changed is asked about again.
You are asked at a terminal; elsewhere they are shown, and --yes is the answer.

Examples:
  fairlead trust
  fairlead trust ~/src/shop --yes`;

const explainHelp = `
For a table, such as one server, every key in it is told. Secrets show as ***.

Examples:
  fairlead config explain default_executor
  fairlead config explain mcp_servers.files.command`;

/** Adds what deals with the configuration itself: config, trust, untrust. */
export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program
    .command("config")
    .summary("tell where the configuration is, and what it says")
    .description("the configuration: where it is, and what it says");

  withCommonFlags(config.command("path"))
    .description("print where config.toml is; with --json also the files of the project")
    .addHelpText("after", '\nExample:\n  $EDITOR "$(fairlead config path)"')
    .action(async (flags) => (await import("./config-path.js")).configPathCommand(flags, terminal));

  withFeatureFlags(withCommonFlags(config.command("check")))
    .description("list everything that is wrong with the configuration, profiles too")
    .addHelpText("after", "\nExample:\n  fairlead config check --strict-config")
    .action(async (flags) => (await import("./config-check.js")).configCheckCommand(flags, terminal));

  withCommonFlags(config.command("schema"))
    .description("print the JSON Schema of config.toml, for editors")
    .addHelpText("after", "\nExample:\n  fairlead config schema > ~/.fairlead/config.schema.json")
    .action(async (flags) => (await import("./config-schema.js")).configSchemaCommand(flags, terminal));

  withFeatureFlags(withCommonFlags(config.command("explain")))
    .description("tell what a key is set to, and by which file or flag")
    .argument("<key>", 'dotted; parts with dots in quotes: mcp_servers."a.b".env')
    .addHelpText("after", explainHelp)
    .action(async (key: string, flags) =>
      (await import("./config-explain.js")).configExplainCommand(key, flags, terminal),
    );

  withFeatureFlags(withCommonFlags(config.command("features")))
    .description("list what can be switched on and off with --enable and --disable")
    .addHelpText("after", "\nExample:\n  fairlead config features --enable devbox")
    .action(async (flags) => (await import("./config-features.js")).configFeaturesCommand(flags, terminal));

  withCommonFlags(program.command("trust"))
    .summary("use the configuration files of a project")
    .description("use the configuration files of a project, after showing what they do")
    .argument("[folder]", "the project, or a folder in it", ".")
    .option("--yes", "use them without being asked")
    .addHelpText("after", trustHelp)
    .action(async (folder: string, flags) =>
      (await import("./trust.js")).trustCommand(folder, flags, terminal),
    );

  withCommonFlags(program.command("untrust"))
    .description("use the configuration files of a project no more")
    .argument("[folder]", "the project, or a folder in it", ".")
    .addHelpText("after", "\nExample:\n  fairlead untrust ~/src/shop")
    .action(async (folder: string, flags) =>
      (await import("./trust.js")).untrustCommand(folder, flags, terminal),
    );
}
