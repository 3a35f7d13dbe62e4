import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { FairleadError } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { type SeenFile, seeProjectFiles } from "../project/admit-project-files.js";
import { projectWarnings } from "../project/load-project.js";
import { createTrustStore } from "../project/trust-store.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead trust`: the files of a project are used from now on, as they are now. Typing it is the answer. */
export async function trustCommand(folder: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  const home = await findHome(process.env);
  const cwd = await folderAt(folder);
  const seen = await seeProjectFiles({ home, cwd });
  const store = createTrustStore(home);
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
  for (const line of projectWarnings(seen.filter(({ state }) => state === "unreadable"))) terminal.tell(line);
  for (const { file, text = "", state } of readable) {
    if (state !== "harmless" && state !== "trusted") await store.decide(file, text, "trusted");
  }
  if (flags.json === true) {
    terminal.printJson({ trusted: readable.map(({ file, lines }) => ({ file, lines })) });
    return;
  }
  for (const one of readable) terminal.print(describe(one));
}

function describe({ file, state, lines }: SeenFile): string {
  const head = state === "trusted" ? "was trusted already" : "is trusted now";
  const what = state === "harmless" ? "needs no trust" : head;
  return [`${plainCell(file)} ${what}:`, ...lines.map((line) => `  ${plainCell(line)}`)].join("\n");
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
