import { FairleadError } from "@fairlead/core";
import type { Command, CommanderError } from "commander";

/** Says what was wrong with a command line: what the command needs, the nearest name that there is, and an example. */
export function toUsageError(
  thrown: CommanderError,
  command: Command,
  argv: readonly string[],
): FairleadError {
  const message = asSentence(messageOf(thrown, command));
  const text = `${message}${separatorHint(thrown, command, argv)}${exampleOf(command)}`;
  return new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
}

/** What a person types to get to a command: `fairlead executor add`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The first example of a command's help, without its indentation; undefined where it has none. */
export function firstExample(command: Command): string | undefined {
  return examplesOf(command)[0];
}

/** The examples of a command's help, without their indentation. */
export function examplesOf(command: Command): string[] {
  const [, block = ""] = /^Examples?:\n((?: +\S.*\n?)+)/m.exec(wholeHelp(command)) ?? [];
  return block.split("\n").flatMap((line) => (line === "" ? [] : [line.trim()]));
}

function messageOf({ code, message }: CommanderError, command: Command): string {
  const isProgram = command.parent === null;
  const path = isProgram ? command.name() : pathOf(command).replace(/^\S+ /, "");
  const [first = "", hint = ""] = message.replace(/^error: /, "").split("\n");
  const quoted = /'([^']*)'/.exec(first)?.[1] ?? "";
  const suggestion = hint === "" ? "" : `. ${hint.replace(/^\(|\)$/g, "")}`;
  if (code === "commander.missingArgument") {
    const { description = "" } = command.registeredArguments.find((one) => one.name() === quoted) ?? {};
    return `${path} needs <${quoted}>${description === "" ? "" : `: ${description}`}`;
  }
  if (code === "commander.help" || code === "commander.unknownCommand") {
    const names = command.commands.map((child) => child.name()).join(", ");
    if (code === "commander.help") return `${path} needs one of ${names}`;
    const known = suggestion === "" ? `; ${isProgram ? "there are" : "it has"} ${names}` : suggestion;
    const what = isProgram ? "There is no command" : `${path} has no command`;
    return `${what} ${JSON.stringify(quoted)}${known}`;
  }
  if (code === "commander.unknownOption") return `${path} has no option ${quoted}${suggestion}`;
  return `${path}: ${first}${suggestion}`;
}

/** Flags of a program that was typed without `--` in front of it are taken for ours. */
function separatorHint({ code }: CommanderError, command: Command, argv: readonly string[]): string {
  const takesProgram = command.registeredArguments.at(-1)?.variadic === true;
  if (code !== "commander.unknownOption" || !takesProgram || argv.includes("--")) return "";
  return " If it is the program's, put -- before the program.";
}

function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function exampleOf(command: Command): string {
  const example = firstExample(command);
  return example === undefined ? ` More: ${pathOf(command)} --help` : ` For example: ${example}`;
}

/** With what is added behind it, where the examples are. */
function wholeHelp(command: Command): string {
  let text = "";
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (more) => (text += more) });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}
