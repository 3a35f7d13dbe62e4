import type { ProjectFile } from "@fairlead/config";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import {
  isUndecided,
  type ProjectPlace,
  type SeenFile,
  seeProjectFiles,
  usedFiles,
} from "./admit-project-files.js";
import { trustCommandLine } from "./trust-command-line.js";

/** How the files of a project are taken. */
export interface LoadProjectOptions {
  /** The home folder of Fairlead. */
  readonly home: string;
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Whether a person may be asked about files that nobody has decided about. */
  readonly asks: boolean;
  /** Whether the answer of the command is JSON. */
  readonly asJson: boolean;
  /** A file that was named, and so needs no trust. */
  readonly named?: string | undefined;
}

/** Reads the files of the project that may be used, asking about new ones or telling them in one line. */
export async function loadProject(options: LoadProjectOptions): Promise<readonly ProjectFile[]> {
  const { home, cwd, terminal, asks, asJson, named } = options;
  const seen = await seeProject({ home, cwd, named });
  const isAsked = asks && seen.some(isUndecided);
  const decided = isAsked ? await (await import("./ask-trust.js")).askTrust(seen, { home, terminal }) : seen;
  for (const text of projectWarnings(decided)) terminal.warn(text, asJson);
  return usedFiles(decided);
}

/** What is to be told about files that are not used, one line for all that nobody has decided about. */
export function projectWarnings(seen: readonly SeenFile[]): readonly string[] {
  const undecided = seen.filter(isUndecided);
  const last = undecided.at(-1);
  const unreadable = seen.map(({ file, problem }) =>
    problem === undefined ? [] : [plainCell(`${file} is not used: ${problem}`)],
  );
  if (last === undefined) return unreadable.flat();
  const files = undecided.map(({ file }) => file).join(" and ");
  const isOne = undecided.length === 1;
  const what = isOne && last.state === "changed" ? "has changed since it was trusted" : "not trusted yet";
  const verb = what.startsWith("has") ? "" : isOne ? "is " : "are ";
  const text = `${files} ${verb}${what} and ${isOne ? "is" : "are"} not used. To see and use ${isOne ? "it" : "them"}: ${trustCommandLine(last.folder)} (without a terminal: with --yes)`;
  return [...unreadable.flat(), plainCell(text)];
}

/** Looks at the files of the project that are not named, without asking anybody. Whoever names a file has decided about it. */
export async function seeProject({
  named,
  ...place
}: ProjectPlace & Pick<LoadProjectOptions, "named">): Promise<readonly SeenFile[]> {
  return withoutNamed(await seeProjectFiles(place), named);
}

async function withoutNamed(
  seen: readonly SeenFile[],
  named: string | undefined,
): Promise<readonly SeenFile[]> {
  if (named === undefined) return seen;
  const { realpath } = await import("node:fs/promises");
  const realOf = (file: string): Promise<string> => realpath(file).catch(() => file);
  const wanted = await realOf(named);
  const files = await Promise.all(seen.map(async (one) => ({ one, real: await realOf(one.file) })));
  return files.filter(({ real }) => real !== wanted).map(({ one }) => one);
}
