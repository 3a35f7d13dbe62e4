import type { Command } from "commander";
import type { Terminal } from "../output/terminal.js";
import { withCommonFlags } from "./flags.js";

/** Adds `fairlead executor …`, the commands that deal with machines. */
export function addExecutorCommands(program: Command, terminal: Terminal): void {
  const executor = program.command("executor").description("the machines that servers run on");

  withCommonFlags(executor.command("add"))
    .description("configure an executor, after reaching it once")
    .argument("<name>", "what it is called from now on")
    .argument("<url>", "unix:///PATH, grpc://HOST:PORT on loopback, or grpcs://HOST:PORT")
    .option("--token-env <name>", "the variable that holds its bearer token")
    .option("--token-file <file>", "the file that holds its bearer token")
    .option("--tls-ca <file>", "PEM certificate authority to trust instead of the system's")
    .option("--force", "replace an executor of that name")
    .option("--no-probe", "do not connect now")
    .addHelpText(
      "after",
      "\nExample:\n  fairlead executor add --token-file ~/devbox.token devbox grpc://127.0.0.1:7040",
    )
    .action(async (name: string, url: string, flags) =>
      (await import("./executor-add.js")).executorAddCommand({ name, url, flags }, terminal),
    );

  withCommonFlags(executor.command("list"))
    .description("show the configured executors")
    .addHelpText("after", "\nExample:\n  fairlead executor list")
    .action(async (flags) => (await import("./executor-list.js")).executorListCommand(flags, terminal));

  withCommonFlags(executor.command("remove"))
    .description("take an executor out of the configuration")
    .argument("<name>", "a configured executor")
    .option("--force", "also where servers name it, which then fail until they name another")
    .addHelpText("after", "\nExample:\n  fairlead executor remove devbox")
    .action(async (name: string, flags) =>
      (await import("./executor-remove.js")).executorRemoveCommand(name, flags, terminal),
    );

  withCommonFlags(executor.command("describe"))
    .description("connect to an executor and show what it says about itself")
    .argument("[name]", "default: default_executor of the configuration")
    .addHelpText("after", "\nExample:\n  fairlead executor describe devbox")
    .action(async (name: string | undefined, flags) =>
      (await import("./executor-describe.js")).executorDescribeCommand(name, flags, terminal),
    );
}
