import { stat } from "node:fs/promises";
import { posix, win32 } from "node:path";
import { conventionOfSpelling, FairleadError } from "@fairlead/core";
import { toFilePath, toShownText } from "../environment/raw-text.js";
import {
  pathVariable,
  posixCandidates,
  type SearchContext,
  windowsCandidates,
} from "./program-candidates.js";

/** A program that was looked for in vain, and how. */
export interface VainSearch extends SearchContext {
  readonly name: string;
  readonly isWindows: boolean;
}

/**
 * Says why a program was not found: where it was looked for, or, where something of that name is there, what is wrong with it.
 * @returns `not_found` with reason `program_not_found`, or `program_not_executable` for a file that the system cannot start
 */
export async function programNotFound(search: VainSearch): Promise<FairleadError> {
  const { name, isWindows } = search;
  if (!(isWindows ? /[/\\]/ : /\//).test(name)) return notOnPath(search);
  const [path, shown] = [toFilePath(resolved(search)), toShownText(resolved(search))];
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    return failure(`The program ${shown} is a folder. Name the file in it`, { program: name });
  }
  if (found?.isFile() === true && isWindows) {
    return new FairleadError(
      "not_found",
      `The program ${shown} is a file that Windows cannot start by itself. Name the program that runs it, and give it the file`,
      { reason: "program_not_executable", effect: "none", details: { program: shown } },
    );
  }
  const why = foreignWords(search) ?? whyNotAPath(name);
  const text = `The program ${name} was not found; looked from ${search.cwd}. ${why ?? "Check the path"}`;
  return failure(text, { program: name, cwd: search.cwd });
}

async function notOnPath(search: VainSearch): Promise<FairleadError> {
  const { name, env, cwd } = search;
  const path = shortened(toShownText(pathVariable(env)));
  const here = await inFolder(search);
  const remedy =
    here === undefined
      ? (foreignWords(search) ?? "Install it or give its full path")
      : `It is in ${cwd}, which is not searched: write ${here}`;
  const text = `The program ${name} was not found; searched PATH=${path}. ${remedy}`;
  return failure(text, { program: name, searchedPath: path });
}

/** How the program is written that lies in the folder it would start in; undefined where there is none. */
async function inFolder({ name, isWindows, ...context }: VainSearch): Promise<string | undefined> {
  const written = isWindows ? `.\\${name}` : `./${name}`;
  const candidates = isWindows ? windowsCandidates(written, context) : posixCandidates(written, context);
  for (const candidate of candidates) {
    const found = await stat(toFilePath(candidate)).catch(() => undefined);
    if (found?.isFile() === true) return written;
  }
  return undefined;
}

function resolved({ name, cwd, isWindows }: VainSearch): string {
  return isWindows ? win32.resolve(cwd, name) : posix.resolve(cwd, name);
}

/** A path of the other kind of machine is understood once that is said. */
function foreignWords({ name, isWindows }: VainSearch): string | undefined {
  const [own, other] = isWindows ? (["Windows", "posix"] as const) : (["POSIX", "windows"] as const);
  if (conventionOfSpelling(name) !== other) return undefined;
  const kind = other === "windows" ? "Windows" : "POSIX";
  return `That is a ${kind} path, and this is a ${own} machine: choose the executor on the ${kind} machine that has it, or name one of this machine`;
}

/** What only a shell would have made a path of. */
function whyNotAPath(name: string): string | undefined {
  if (name.startsWith("~")) return "Only a shell knows what ~ is: give the full path";
  if (/^(?:%[^%]+%|\$\{?\w+|\$env:)/i.test(name)) return "Variables are not filled in: give the full path";
  return undefined;
}

/** Errors cross the wire in 8 KiB. */
function shortened(path: string): string {
  return path.length <= 2_000 ? path : `${path.slice(0, 2_000)}…`;
}

function failure(message: string, details: Readonly<Record<string, string>>): FairleadError {
  return new FairleadError("not_found", message, { reason: "program_not_found", effect: "none", details });
}
