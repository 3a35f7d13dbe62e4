import { FairleadError, toFairleadError } from "@fairlead/core";
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
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    process.exitCode = terminal.fail(describe(thrown), asJson);
  }
}

/** Own flags stand before `--`; what follows belongs to somebody else. */
function endOfOwnFlags(argv: readonly string[]): number {
  const separator = argv.indexOf("--");
  return separator < 0 ? argv.length : separator;
}

function prepare(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.configureHelp({ subcommandTerm: (subcommand) => subcommand.name() });
  command.showSuggestionAfterError(true);
  for (const child of command.commands) prepare(child);
}

function describe(thrown: unknown): FairleadError {
  if (!(thrown instanceof CommanderError)) return toFairleadError(thrown);
  const text = thrown.code === "commander.help" ? "No command was given; --help lists them" : thrown.message;
  return new FairleadError("usage", text.replace(/^error: /, "").replaceAll("\n", " "), {
    reason: "argument_invalid",
    effect: "none",
  });
}
