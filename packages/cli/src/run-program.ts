import { toFairleadError } from "@fairlead/core";
import { type Command, CommanderError } from "commander";
import type { Terminal } from "./output/terminal.js";

/** Parses and runs a command line. Whatever goes wrong ends as one line on stderr and the exit code of its kind. */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const asJson = argv.slice(0, endOfOwnFlags(argv)).includes("--json");
  prepare(program);
  if (argv.length === 0) {
    terminal.print(program.helpInformation().trimEnd());
    return;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (thrown) {
    const wrong = thrown instanceof WrongCommandLine ? thrown : undefined;
    if (wrong?.cause.exitCode === 0) return;
    const error =
      wrong === undefined
        ? toFairleadError(thrown)
        : (await import("./usage-error.js")).toUsageError(wrong.cause, wrong.command);
    process.exitCode = terminal.fail(error, asJson);
  }
}

/** What a command says about its command line. */
class WrongCommandLine extends Error {
  override readonly cause: CommanderError;
  readonly command: Command;

  constructor(cause: CommanderError, command: Command) {
    super(cause.message);
    this.cause = cause;
    this.command = command;
  }
}

/** Own flags stand before `--`; what follows belongs to somebody else. */
function endOfOwnFlags(argv: readonly string[]): number {
  const separator = argv.indexOf("--");
  return separator < 0 ? argv.length : separator;
}

function prepare(command: Command): void {
  command.exitOverride((thrown) => {
    throw new WrongCommandLine(thrown, command);
  });
  command.configureOutput({ writeErr: () => {} });
  command.configureHelp({ ...command.configureHelp(), subcommandTerm: (subcommand) => subcommand.name() });
  command.showSuggestionAfterError(true);
  for (const child of command.commands) prepare(child);
}
