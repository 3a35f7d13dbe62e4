import type { Argument, Command, Option } from "commander";
import type { CommonFlags } from "../commands/flags.js";
import type { KnownNames } from "./known-names.js";
import { type NameKind, namesOfArgument, namesOfOption } from "./name-kinds.js";

/** One thing that could stand at the end of a command line. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What a shell is told. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell itself shall complete, where there is nothing of ours, or beside it. */
  readonly also: "nothing" | "files" | "folders";
  /** Whether more follows directly, so that no blank is added. */
  readonly isOpen: boolean;
}

/** Flags that stand in the line already and say which configuration is meant. */
export type TypedFlags = Pick<CommonFlags, "mcpConfig" | "profile" | "config" | "enable" | "disable">;

/** What is completed. */
export interface WordsToComplete {
  /** What stands before, without the program's name. */
  readonly before: readonly string[];
  /** The word at the cursor, as far as it is typed. */
  readonly current: string;
  /** The names that there are, which are read only where they are needed. */
  readonly names: (flags: TypedFlags) => Promise<KnownNames>;
}

const nothing: Completion = { candidates: [], also: "nothing", isOpen: false };

/** Completes a word from the tree of commands, so that every command and flag is known the moment it is there. */
export async function completeWords(program: Command, words: WordsToComplete): Promise<Completion> {
  const { current } = words;
  const line = readLine(program, words.before);
  // What follows `--` is somebody else's program.
  if (line.isForeign) return { ...nothing, also: "files" };
  const names = (): Promise<KnownNames> => words.names(line.flags);
  if (line.option !== undefined) return ofOption(line.option, current, names);
  const [, flag = "", value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (value !== undefined) {
    const option = findOption(line.command, flag);
    if (option === undefined) return nothing;
    const { candidates, ...rest } = await ofOption(option, value, names);
    return { ...rest, candidates: candidates.map((one) => ({ ...one, value: `${flag}=${one.value}` })) };
  }
  if (current.startsWith("-")) return { ...nothing, candidates: fitting(flagsOf(line.command), current) };
  const commands = line.typed.length === 0 ? commandsOf(line.command) : [];
  if (commands.length > 0) return { ...nothing, candidates: fitting(commands, current) };
  const argument = argumentAt(line.command, line.typed.length);
  if (argument === undefined) return nothing;
  if (argument.argChoices !== undefined) return ofChoices(argument.argChoices, current);
  return ofKind(namesOfArgument(argument, line), current, names);
}

/** A command line, as far as it was typed. */
export interface TypedLine {
  readonly command: Command;
  /** Its arguments so far. */
  readonly typed: readonly string[];
  /** The option whose value comes next. */
  readonly option: Option | undefined;
  /** Whether what comes next belongs to another program. */
  readonly isForeign: boolean;
  readonly flags: TypedFlags;
}

function readLine(program: Command, words: readonly string[]): TypedLine {
  let command = program;
  let typed: string[] = [];
  let option: Option | undefined;
  let flags: TypedFlags = {};
  for (const word of words) {
    if (option !== undefined) {
      flags = withFlag(flags, option, word);
      option = undefined;
      continue;
    }
    if (word === "--") return { command, typed, option, isForeign: true, flags };
    if (word.startsWith("-")) {
      const found = findOption(command, word);
      // A value that may be left out is written with `=`, or taken for an argument.
      if (found?.required !== true) continue;
      const separator = word.indexOf("=");
      if (separator < 0) option = found;
      else flags = withFlag(flags, found, word.slice(separator + 1));
      continue;
    }
    const child = typed.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (child === undefined) typed.push(word);
    else [command, typed] = [child, []];
  }
  return { command, typed, option, isForeign: false, flags };
}

function withFlag(flags: TypedFlags, { long }: Option, value: string): TypedFlags {
  if (long === "--mcp-config") return { ...flags, mcpConfig: value };
  if (long === "--profile") return { ...flags, profile: value };
  const name = repeatable.find((one) => long === `--${one}`);
  return name === undefined ? flags : { ...flags, [name]: [...(flags[name] ?? []), value] };
}

const repeatable = ["config", "enable", "disable"] as const;

function findOption(command: Command, word: string): Option | undefined {
  const flag = word.replace(/=.*$/s, "");
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

async function ofOption(
  option: Option,
  current: string,
  names: () => Promise<KnownNames>,
): Promise<Completion> {
  if (option.argChoices !== undefined) return ofChoices(option.argChoices, current);
  return ofKind(namesOfOption(option), current, names);
}

async function ofKind(
  kind: NameKind,
  current: string,
  names: () => Promise<KnownNames>,
): Promise<Completion> {
  if (kind.of === "words") return { ...ofChoices(kind.words, current), also: kind.also ?? "nothing" };
  if (kind.of !== "names") return { ...nothing, also: kind.of === "none" ? "nothing" : kind.of };
  const found = kind.list(await names(), current);
  const candidates = fitting(found, current);
  // What the shell finds itself is whole.
  const isOpen = kind.isOpen === true && candidates.length > 0;
  return { candidates, also: kind.also ?? "nothing", isOpen };
}

function ofChoices(choices: readonly string[], current: string): Completion {
  return {
    ...nothing,
    candidates: fitting(
      choices.map((value) => ({ value, description: "" })),
      current,
    ),
  };
}

function fitting(candidates: readonly Candidate[], current: string): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current));
}

function commandsOf(command: Command): readonly Candidate[] {
  const help = command.createHelp();
  return help
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: help.subcommandDescription(child) }));
}

function flagsOf(command: Command): readonly Candidate[] {
  const help = command.createHelp();
  return help.visibleOptions(command).flatMap((option) => {
    const description = help.optionDescription(option);
    return option.long === undefined ? [] : [{ value: option.long, description }];
  });
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic === true ? last : undefined);
}
