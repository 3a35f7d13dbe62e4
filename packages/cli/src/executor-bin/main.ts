import { Command, Option } from "commander";
import { createTerminal } from "../output/terminal.js";
import { runProgram } from "../run-program.js";
import { version } from "../version.js";
import { logFlag, namedLog, withLog } from "./executor-log.js";
import { addPlaceOptions } from "./place-options.js";
import type { ServeExecutorFlags } from "./serve-executor.js";
import { addServiceCommands } from "./service/service-commands.js";

/** Runs the `fairlead-executor` command line. @param argv without the program's own name */
export async function main(argv: readonly string[]): Promise<void> {
  // Deprecations inside dependencies are for their makers; a person can do nothing about them.
  process.noDeprecation = true;
  const plain = createTerminal(process.stdout, process.stderr);
  // Also what is wrong with the command line belongs there: nobody sees the output of a task.
  const log = namedLog(argv);
  const terminal = log === undefined ? plain : withLog(plain, log);
  const program = new Command("fairlead-executor")
    .description("Runs MCP servers and other programs on this machine, for Fairlead hosts")
    .version(version);
  const serve = program
    .command("serve")
    .description("wait for hosts until SIGTERM; a second signal ends everything at once");
  addPlaceOptions(serve)
    .addOption(
      new Option(
        "--search-path <source>",
        "PATH of programs: of a user's login, or our own (default: login)",
      ).choices(["login", "own"]),
    )
    .option("--token-env <name>", "the variable with the bearer token, instead of a file")
    .option("--exit-with-stdin", "end when stdin ends, for executors that a host starts itself")
    .option(
      `${logFlag} <file>`,
      "also write what it says to this file, of 1 MiB at most, and to FILE.1 before it",
    )
    .option("--json", "print the address as one line of JSON, and errors too")
    .addHelpText("after", "\nExample:\n  fairlead-executor serve --listen 127.0.0.1:7040")
    .action(async (flags: ServeExecutorFlags) => {
      const { serveExecutor } = await import("./serve-executor.js");
      await serveExecutor(flags, terminal);
    });
  addServiceCommands(program, terminal);
  await runProgram(program, argv, terminal);
}
