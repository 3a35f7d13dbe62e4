import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { FairleadError } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { type SeenFile, seeProjectFiles } from "../project/admit-project-files.js";
import { projectWarnings } from "../project/load-project.js";
import { trustCommandLine } from "../project/trust-command-line.js";
import { createTrustStore } from "../project/trust-store.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";
import { canAsk } from "./settings.js";

/** The flags of `fairlead trust`. */
export interface TrustFlags extends CommonFlags {
  /** The answer, so that nobody is asked. */
  readonly yes?: boolean;
}

/**
 * `fairlead trust`: shows what the files of a project do, and asks whether they are used from now on, as they are now.
 * @throws FairleadError `usage` where nobody can be asked, and `--yes` did not say it either
 */
export async function trustCommand(folder: string, flags: TrustFlags, terminal: Terminal): Promise<void> {
  const home = await findHome(process.env);
  const cwd = await folderAt(folder);
  const seen = await seeProjectFiles({ home, cwd });
  if (seen.length === 0) {
    throw new FairleadError(
      "not_found",
      `There is no .fairlead/config.toml and no .mcp.json in ${cwd}, nor above it in its repository`,
      { reason: "file_unknown", effect: "none", details: { file: cwd } },
    );
  }
  const readable = seen.filter(({ state }) => state !== "unreadable");
  const [broken] = seen.filter(({ state }) => state === "unreadable");
  if (broken !== undefined && readable.length === 0) {
    throw usage(`${broken.file} cannot be used: ${broken.problem ?? "it cannot be read"}`, broken.file);
  }
  for (const text of projectWarnings(seen.filter(({ state }) => state === "unreadable")))
    terminal.warn(text, flags.json === true);
  const open = readable.filter(isOpen);
  const isJson = flags.json === true;
  const isAnswered = flags.yes === true;
  if (!isAnswered && open.length > 0 && canAsk(flags)) {
    for (const one of readable.filter((other) => !isOpen(other))) terminal.print(describe(one));
    const { askTrust } = await import("../project/ask-trust.js");
    const asked = await askTrust(open, { home, terminal, isAsked: isOpen });
    for (const { file, state } of asked)
      terminal.print(plainCell(`${file} is ${state === "trusted" ? "" : "not "}trusted`));
    return;
  }
  // Shown first: what goes wrong while it is written down hides nothing of what that was.
  if (!isJson) for (const one of readable) terminal.print(describe(one));
  if (open.length > 0 && !isAnswered) throw unanswered(cwd, open);
  const store = createTrustStore(home);
  for (const { file, text = "" } of open) await store.decide(file, text, "trusted");
  if (isJson) terminal.printJson({ trusted: readable.map(({ file, lines }) => ({ file, lines })) });
  else for (const { file } of open) terminal.print(plainCell(`${file} is trusted now`));
}

/** Whether there is something to decide about a file that can be read. */
function isOpen({ state }: SeenFile): boolean {
  return state !== "harmless" && state !== "trusted";
}

function describe({ file, state, lines }: SeenFile): string {
  const head = state === "trusted" ? "was trusted already" : "needs trust";
  const what = state === "harmless" ? "needs no trust" : head;
  return [`${plainCell(file)} ${what}:`, ...lines.map((line) => `  ${plainCell(line)}`)].join("\n");
}

function unanswered(folder: string, open: readonly SeenFile[]): FairleadError {
  const files = open.map(({ file }) => file);
  const shown = open.flatMap(({ lines }) => lines);
  return new FairleadError(
    "usage",
    `Nothing is trusted: nobody can be asked here about ${files.join(" and ")}. To use it as it is shown: ${trustCommandLine(folder)} --yes`,
    {
      reason: "argument_invalid",
      effect: "none",
      details: { file: files.join(", "), lines: shown.join("\n") },
    },
  );
}

/** `fairlead untrust`: what was said about the files of a project is forgotten, also about files that are gone. */
export async function untrustCommand(folder: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  const home = await findHome(process.env);
  // It may be gone, and what was said about it not.
  const cwd = await realpath(folder).catch(() => resolve(folder));
  const seen = new Set((await seeProjectFiles({ home, cwd })).map(({ file }) => file));
  const forgotten = await createTrustStore(home).forget((file) => seen.has(file) || isInside(file, cwd));
  if (flags.json === true) terminal.printJson({ untrusted: forgotten });
  else if (forgotten.length === 0) terminal.tell(`Nothing in ${plainCell(cwd)} was trusted`);
  else for (const file of forgotten) terminal.print(plainCell(`${file} is not trusted any more`));
}

async function folderAt(path: string): Promise<string> {
  const folder = await realpath(path).catch(() => undefined);
  const isFolder = folder !== undefined && (await stat(folder)).isDirectory();
  if (isFolder) return folder;
  throw usage(`${path} is no folder`, path);
}

function isInside(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== ".." && !way.startsWith(`..${sep}`) && way !== file;
}

function usage(message: string, file: string): FairleadError {
  return new FairleadError("usage", message, {
    reason: "argument_invalid",
    effect: "none",
    details: { file },
  });
}
