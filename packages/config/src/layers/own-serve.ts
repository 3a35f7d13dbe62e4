import type { ConfigProblem, ConfigSource, SourceOf } from "../problems/config-problem.js";
import { isTable, type Table, valueAt, withMember } from "./config-layer.js";

/**
 * A config.toml of a project without the servers that are `fairlead serve` itself: other programs start it from there, and it must
 * not start itself again.
 */
export function withoutOwnServe(value: Table): WithoutOwnServe {
  const servers = valueAt(value, ["mcp_servers"]);
  if (!isTable(servers)) return { value, leftOut: [] };
  const others = Object.entries(servers).filter(([, entry]) => !isOwnServe(entry));
  const leftOut = Object.keys(servers).filter((name) => isOwnServe(servers[name]));
  return { value: withMember(value, "mcp_servers", Object.fromEntries(others)), leftOut };
}

/** A file, and the names of the servers that were left out of it. */
export interface WithoutOwnServe {
  readonly value: Table;
  readonly leftOut: readonly string[];
}

/** Tells that a server was left out of a file because it is `fairlead serve` itself. */
export function ownServeNote(name: string, source: ConfigSource): ConfigProblem {
  const message = "is fairlead serve itself, which does not start itself again; left out here";
  return { source, place: ["mcp_servers", name], message };
}

/**
 * Whether a server is `fairlead serve` itself, on this machine. It is asked about what is written in a file, so that what a person
 * is shown and what is used are never two things; and once more about what it came to, by {@link ownServeProblems}.
 */
export function isOwnServe(entry: unknown): boolean {
  const command = valueAt(entry, ["command"]);
  const args = valueAt(entry, ["args"]);
  const words = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
  const own = findOwnProgram(words);
  return own >= 0 && words.indexOf("serve", own) > own;
}

/**
 * The servers that became `fairlead serve` itself only by what filled in their variables, or by several files laid over each
 * other, a project's among them. What the user's own file starts is the user's to say.
 */
export function ownServeProblems(merged: Table, sourceOf: SourceOf): readonly ConfigProblem[] {
  const servers = valueAt(merged, ["mcp_servers"]);
  return Object.entries(isTable(servers) ? servers : {}).flatMap(([name, entry]) => {
    if (!isOwnServe(entry)) return [];
    const place = ["mcp_servers", name];
    const sources = ["args", "command"].map((key) => sourceOf([...place, key]));
    const source = sources.find(({ projectFolder }) => projectFolder !== undefined);
    const message = "comes to fairlead serve itself, which would start itself again and again";
    return source === undefined ? [] : [{ source, place, message }];
  });
}

/** Where a command line names Fairlead; -1 where it does not, or leads to another machine before. */
export function findOwnProgram(words: readonly unknown[]): number {
  const own = words.findIndex((word, at) => isNamed(word, ownProgram) && !isValueOfFlag(words, at));
  return words.slice(0, Math.max(own, 0)).some((word) => isNamed(word, wayElsewhere)) ? -1 : own;
}

/** `fairlead`, a path that ends so, or the package by its name and version. */
const ownProgram = /^fairlead(?:\.(?:js|cmd|exe|ps1))?(?:@\S+)?$/i;

/** Programs that start what follows on another machine. */
const wayElsewhere = /^(?:ssh|autossh|mosh|plink)(?:\.exe)?$/i;

/** Programs whose flags may stand right before the program that they start. */
const launcher =
  /^(?:node[\w.-]*|bunx?|deno|npx|npm|pnpm|pnpx|yarn|exec|dlx|env|sudo|nohup|setsid|cmd|powershell|pwsh)(?:\.(?:exe|cmd))?$/i;

/** Flags after which a program or its package stands, whoever takes them. */
const flagBeforeProgram = /^(?:-y|--yes|-p|--package|-c|--call|-E|-i|-S|--|-.*=.*)$/;

/** Whether a word most likely belongs to the flag before it: a folder or a name may be called `fairlead` too. */
function isValueOfFlag(words: readonly unknown[], at: number): boolean {
  const flag = words[at - 1];
  if (!isFlag(flag) || flagBeforeProgram.test(flag)) return false;
  const before = words.slice(0, at).findLast((word) => !isFlag(word));
  return !isNamed(before, launcher);
}

function isFlag(word: unknown): word is string {
  return typeof word === "string" && word.startsWith("-");
}

function isNamed(word: unknown, pattern: RegExp): boolean {
  return typeof word === "string" && pattern.test(word.split(/[\\/]/).at(-1) ?? "");
}
