import { toFairleadError } from "@fairlead/core";
import type { Command, CommanderError } from "commander";
import type { Terminal } from "./output/terminal.js";

/** The exit code that shells and container tools use for a failure of the runner itself. */
export const runnerFailureExit = 125;

const runners = new WeakSet<Command>();

/** Makes a command end its own failures as runners of programs do, since every other exit code may be the program's. */
export function asRunner(command: Command): Command {
  runners.add(command);
  return command;
}

/** Parses and runs a command line. Whatever goes wrong ends as one line on stderr and the exit code of its kind. */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const asJson = argv.slice(0, endOfOwnFlags(argv)).includes("--json");
  if (argv.length === 0) {
    prepare(program);
    terminal.print(program.helpInformation().trimEnd());
    return;
  }
  try {
    await parseCommandLine(program, argv);
  } catch (thrown) {
    const exit = terminal.fail(toFairleadError(thrown), asJson);
    const typed = program.commands.find((command) => command.name() === argv[0]);
    process.exitCode = typed !== undefined && runners.has(typed) ? runnerFailureExit : exit;
  } finally {
    terminal.flush();
  }
}

/** Parses and runs a command line. @throws FairleadError `usage` for one that cannot be used, and whatever the command throws */
export async function parseCommandLine(program: Command, argv: readonly string[]): Promise<void> {
  prepare(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof WrongCommandLine)) throw thrown;
    if (thrown.cause.exitCode === 0) return;
    // Whoever types well never loads it.
    throw (await import("./usage-error.js")).toUsageError(thrown.cause, thrown.command, argv);
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
