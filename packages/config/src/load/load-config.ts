import type { FairleadError } from "@fairlead/core";
import type { FairleadConfig } from "../config.js";
import { type LayerOptions, readLayers } from "../layers/read-layers.js";
import {
  type ConfigProblem,
  type ConfigWarning,
  describeProblem,
  toConfigError,
  toWarning,
} from "../problems/config-problem.js";
import { isOfOneEntry, withBrokenEntries } from "./broken-entries.js";
import { judgeLayers } from "./judge-layers.js";

/** Where configuration comes from, and how strictly it is taken. */
export interface LoadConfigOptions extends LayerOptions {
  /** Whether an unknown key is an error. @default false, so that an older version can read a newer file */
  readonly strict?: boolean | undefined;
  /**
   * Whether what is invalid is left out, and told in `invalid`, instead of failing the load: everything, or servers, connectors
   * and executors alone, which are then among the `broken` ones. Not where it is strict. @default false
   */
  readonly lenient?: boolean | "entries" | undefined;
}

/** The configuration, and what should be told to whoever wrote it. */
export interface LoadedConfig {
  readonly config: FairleadConfig;
  readonly warnings: readonly ConfigWarning[];
  /** What is left out on purpose, which is no fault of anybody: whole sentences. */
  readonly notes: readonly string[];
  /** The names of all profiles that files have. */
  readonly profiles: readonly string[];
  /** Of a lenient load: what another one would have failed with. */
  readonly invalid?: FairleadError;
}

/**
 * Reads and checks the whole configuration. No file at all is an empty configuration. What cannot be used of a project's
 * files is left out with a warning, because it is not the user's to mend.
 * @throws FairleadError `usage`, reason `config_invalid`, naming every problem with its file, line and key; `not_found` for
 * a profile that there is not
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const read = await readLayers(options);
  const judged = judgeLayers(read, options);
  const { problems: found, unknownKeys, pointless } = judged;
  const isStrict = options.strict === true;
  const theirs = isStrict ? [] : found.filter(({ source }) => source.projectFolder !== undefined);
  const own = found.filter((problem) => !theirs.includes(problem));
  // A misspelled key is often why another one is missing, so it is told beside what is wrong.
  const misspelled = unknownKeys.filter(({ nearest }) => own.length > 0 && nearest !== undefined);
  const problems = [...own, ...(isStrict ? unknownKeys : misspelled)];
  const invalid = problems.length === 0 ? undefined : toConfigError(problems);
  const goesOn =
    options.lenient === "entries"
      ? own.every((problem) => isOfOneEntry(problem, read.layers))
      : options.lenient === true;
  if (invalid !== undefined && (isStrict || !goesOn)) throw invalid;
  const isBeside = ({ place: [group, name] }: ConfigProblem): boolean =>
    own.some(({ place }) => place[0] === group && place[1] === name);
  const resolved = withBrokenEntries(judged.resolved, {
    problems: [...own, ...misspelled.filter(isBeside)],
    written: judged.written,
  });
  return {
    config: resolved.config,
    warnings: [
      ...theirs.map((problem) => toWarning("invalid", ignored(problem))),
      ...unknownKeys.map((problem) => toWarning("unknown_key", ignored(problem))),
      ...pointless.map((problem) => toWarning("no_server", ignored(problem))),
      ...resolved.unknownExecutors.map((problem) => toWarning("unknown_executor", problem)),
    ],
    notes: read.leftOut.map(describeProblem),
    profiles: read.profiles,
    ...(invalid === undefined ? {} : { invalid }),
  };
}

function ignored<T extends ConfigProblem>(problem: T): T {
  return { ...problem, message: `${problem.message} (ignored)` };
}
