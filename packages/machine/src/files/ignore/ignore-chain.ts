import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type IgnoreRules, mostRules, parseIgnoreRules, type RulesSize } from "./ignore-rules.js";

/** A longer ignore file is not read: it would be looked through for every entry. */
const mostBytes = 512 * 1024;

/** The ignore files of a folder and of those above it. */
export interface IgnoreChain {
  readonly above: IgnoreChain | undefined;
  /** How many names lead to the folder. */
  readonly depth: number;
  readonly gitignore: IgnoreRules | undefined;
  /** Of a file called .ignore, which wins over .gitignore. */
  readonly ignore: IgnoreRules | undefined;
  /** Of .git/info/exclude, which loses to everything else. */
  readonly exclude: IgnoreRules | undefined;
  /** Of all rules from here upwards. */
  readonly size: RulesSize;
  /** Whether a repository begins here: what the .gitignore files above say is not about it. */
  readonly isRepository: boolean;
}

/** Which of the names that matter here a folder has. */
export interface IgnoreNames {
  /** Of a folder .git, or a file that stands for one. */
  readonly hasGit: boolean;
  readonly hasGitFolder: boolean;
  readonly hasGitignore: boolean;
  readonly hasIgnore: boolean;
}

/**
 * Puts a folder's ignore files at the end of a chain.
 * @param handle a path that leads to the folder
 * @returns the chain above itself, where the folder adds nothing
 */
export async function extendChain(
  above: IgnoreChain | undefined,
  folder: { readonly handle: string; readonly depth: number },
  { hasGit, hasGitFolder, hasGitignore, hasIgnore }: IgnoreNames,
): Promise<IgnoreChain | undefined> {
  if (!hasGit && !hasGitignore && !hasIgnore) return above;
  const { handle, depth } = folder;
  let size = above?.size ?? { rules: 0, wildcardUnits: 0 };
  const read = async (isThere: boolean, ...names: readonly string[]): Promise<IgnoreRules | undefined> => {
    const text = isThere ? await readText(join(handle, ...names)) : undefined;
    const rules = text === undefined ? undefined : parseIgnoreRules(text, roomBeside(size));
    size = added(size, rules?.size);
    return rules;
  };
  const gitignore = await read(hasGitignore, ".gitignore");
  const ignore = await read(hasIgnore, ".ignore");
  const exclude = await read(hasGitFolder, ".git", "info", "exclude");
  return { above, depth, gitignore, ignore, exclude, size, isRepository: hasGit };
}

/** Whether an entry is to be left out. @param path the names that lead to it */
export function isIgnored(
  chain: IgnoreChain | undefined,
  path: readonly string[],
  isFolder: boolean,
): boolean {
  let isPastRepository = false;
  let told: "ignore" | "keep" | undefined;
  let excluded: "ignore" | "keep" | undefined;
  for (let at = chain; at !== undefined; at = at.above) {
    const wins = at.ignore?.decide(path, at.depth, isFolder);
    if (wins !== undefined) return wins === "ignore";
    if (isPastRepository) continue;
    told ??= at.gitignore?.decide(path, at.depth, isFolder);
    excluded ??= at.exclude?.decide(path, at.depth, isFolder);
    isPastRepository = at.isRepository;
  }
  return (told ?? excluded) === "ignore";
}

function roomBeside({ rules, wildcardUnits }: RulesSize): RulesSize {
  return { rules: mostRules.rules - rules, wildcardUnits: mostRules.wildcardUnits - wildcardUnits };
}

function added(one: RulesSize, other: RulesSize | undefined): RulesSize {
  if (other === undefined) return one;
  return { rules: one.rules + other.rules, wildcardUnits: one.wildcardUnits + other.wildcardUnits };
}

/** Reads an ignore file; like git, not through a link. One that cannot be read says nothing. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > mostBytes) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
