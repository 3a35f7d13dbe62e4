import { FairleadError } from "@fairlead/core";

/** A file that configuration was read from, and how to point into it. */
export interface ConfigSource {
  /** The path of the file as it is shown to people. */
  readonly file: string;
  /** `toml`: a config.toml. `json`: a file of the `mcpServers` kind. */
  readonly kind: "toml" | "json";
  /** The line, counted from 1, where the value at a place is written; undefined where that is not known. */
  readonly lineOf: (place: readonly PropertyKey[]) => number | undefined;
  /** Where its places begin in the file. @default at the top */
  readonly prefix?: readonly string[] | undefined;
  /** Of a file that belongs to a project: the folder of that project, where its programs start. */
  readonly projectFolder?: string | undefined;
}

/** Tells where the value at a place was written, of several files that were laid over each other. */
export type SourceOf = (place: readonly PropertyKey[]) => ConfigSource;

/** One thing in a file that is wrong, or only noteworthy. */
export interface ConfigProblem {
  readonly source: ConfigSource;
  /** Keys and array indexes from the top of the file, in the spelling of config.toml. */
  readonly place: readonly PropertyKey[];
  /** What was expected and what was found; never a value that could be secret. */
  readonly message: string;
}

/** Something in the configuration that cannot be used, or that was understood but is probably not meant. */
export interface ConfigWarning {
  /** `invalid`: it was left out. `no_server`: it changes a server that there is not. */
  readonly kind: "invalid" | "unknown_key" | "unknown_executor" | "no_server";
  readonly file: string;
  /** Dotted path inside the file. */
  readonly path: string;
  /** Counted from 1. */
  readonly line?: number;
  /** The known name that was most likely meant. */
  readonly nearest?: string;
  /** The whole sentence, with file and path, fit to be printed. */
  readonly message: string;
}

/** Joins everything that is wrong into the one error that a load fails with. */
export function toConfigError(problems: readonly ConfigProblem[]): FairleadError {
  const lines = problems.map(describeProblem);
  const [first] = problems;
  const message =
    lines.length === 1
      ? `The configuration is invalid: ${lines.join("")}`
      : `The configuration has ${lines.length} problems:${lines.map((line) => `\n  ${line}`).join("")}`;
  return new FairleadError("usage", message, {
    reason: "config_invalid",
    effect: "none",
    details: {
      problems: lines.length,
      ...(first === undefined ? {} : { file: first.source.file, path: pathText(first) }),
    },
  });
}

/** Gives a noteworthy finding the shape that callers print. */
export function toWarning(
  kind: ConfigWarning["kind"],
  problem: ConfigProblem & { readonly nearest?: string | undefined },
): ConfigWarning {
  const line = problem.source.lineOf(problem.place);
  return {
    kind,
    file: problem.source.file,
    path: pathText(problem),
    ...(line === undefined ? {} : { line }),
    ...(problem.nearest === undefined ? {} : { nearest: problem.nearest }),
    message: describeProblem(problem),
  };
}

/** The whole sentence: file, line and path, and what is the matter there. */
export function describeProblem(problem: ConfigProblem): string {
  const line = problem.source.lineOf(problem.place);
  const where = line === undefined ? problem.source.file : `${problem.source.file}:${line}`;
  const path = pathText(problem);
  return path === "" ? `${where}: ${problem.message}` : `${where}: ${path}: ${problem.message}`;
}

function pathText({ place, source }: ConfigProblem): string {
  const [group, ...rest] = place;
  const shown = source.kind === "json" && group === "mcp_servers" ? ["mcpServers", ...rest] : place;
  return formatPlace([...(source.prefix ?? []), ...shown]);
}

/** Writes a place as a dotted path: `mcp_servers.files.args[1]`. */
function formatPlace(place: readonly PropertyKey[]): string {
  let text = "";
  for (const step of place) {
    if (typeof step === "number") text += `[${step}]`;
    else {
      const key = String(step);
      text += `${text === "" ? "" : "."}${/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)}`;
    }
  }
  return text;
}
