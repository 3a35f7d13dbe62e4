import type { FairleadError } from "@fairlead/core";
import type { FairleadConfig } from "../config.js";
import { toAbsolutePath } from "../layers/absolute-paths.js";
import { type MergedLayers, mergeLayers } from "../layers/merge-layers.js";
import { profileNames } from "../layers/profile-layers.js";
import { type LayerOptions, readLayers } from "../layers/read-layers.js";
import {
  type ConfigProblem,
  type ConfigWarning,
  toConfigError,
  toWarning,
} from "../problems/config-problem.js";
import { type UnknownKey, type ValidatedConfig, validateConfig } from "../validate/validate-config.js";
import { type ResolvedConfig, resolveConfig } from "./resolve-config.js";
import { withoutPlaces } from "./without-places.js";

/** Where configuration comes from, and how strictly it is taken. */
export interface LoadConfigOptions extends LayerOptions {
  /** Whether an unknown key is an error. @default false, so that an older version can read a newer file */
  readonly strict?: boolean | undefined;
  /** Whether entries that are invalid are left out, and told in `invalid`, instead of failing the load. @default false */
  readonly lenient?: boolean | undefined;
}

/** The configuration, and what should be told to whoever wrote it. */
export interface LoadedConfig {
  readonly config: FairleadConfig;
  readonly warnings: readonly ConfigWarning[];
  /** Of a lenient load: what another one would have failed with. */
  readonly invalid?: FairleadError;
}

/**
 * Reads and checks the whole configuration. No file at all is an empty configuration.
 * @throws FairleadError `usage`, reason `config_invalid`, naming every problem with its file, line and key; `not_found` for
 * a profile that there is not
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { layers, problems: early } = await readLayers(options);
  const merged = mergeLayers(layers);
  const toAbsolute = (path: string): string => toAbsolutePath(path, options.home);
  const judged = judge(merged, early, toAbsolute);
  const { unknownKeys } = judged;
  // A misspelled key is often why another one is missing, so it is told beside what is wrong.
  const misspelled = unknownKeys.filter(({ nearest }) => judged.problems.length > 0 && nearest !== undefined);
  const problems = [...judged.problems, ...(options.strict === true ? unknownKeys : misspelled)];
  const warnings = [
    ...unknownKeys.map((problem) => toWarning("unknown_key", ignored(problem))),
    ...merged.pointless.map((problem) => toWarning("no_server", ignored(problem))),
  ];
  const invalid = problems.length === 0 ? undefined : toConfigError(problems);
  if (invalid !== undefined && options.lenient !== true) throw invalid;
  const resolved = judged.resolved ?? rescue(merged, judged, toAbsolute);
  return {
    config: resolved.config,
    warnings: [
      ...warnings,
      ...resolved.unknownExecutors.map((problem) => toWarning("unknown_executor", problem)),
    ],
    ...(invalid === undefined ? {} : { invalid }),
  };
}

/** Everything that is noteworthy about the configuration, what cannot be used first; and about every profile. */
export async function checkConfig(options: LayerOptions): Promise<readonly ConfigWarning[]> {
  const unreadable: FairleadError[] = [];
  const { layers } = await readLayers({ ...options, profile: undefined }, (error) => unreadable.push(error));
  const profiles = options.profile === undefined ? [undefined, ...profileNames(layers)] : [options.profile];
  const found = await Promise.all(profiles.map((profile) => checkLayers({ ...options, profile })));
  const findings = [...unreadable.map(toUnreadable), ...found.flat()];
  const once = [...new Map(findings.map((finding) => [finding.message, finding])).values()];
  return once.toSorted((one, other) => rank(one) - rank(other));
}

async function checkLayers(options: LayerOptions): Promise<readonly ConfigWarning[]> {
  const { layers, problems: early } = await readLayers(options, () => {});
  const merged = mergeLayers(layers);
  const toAbsolute = (path: string): string => toAbsolutePath(path, options.home);
  const judged = judge(merged, early, toAbsolute);
  const resolved = judged.resolved ?? rescue(merged, judged, toAbsolute);
  return [
    ...judged.problems.map((problem) => toWarning("invalid", problem)),
    ...judged.unknownKeys.map((problem) => toWarning("unknown_key", problem)),
    ...merged.pointless.map((problem) => toWarning("no_server", problem)),
    ...resolved.unknownExecutors.map((problem) => toWarning("unknown_executor", problem)),
  ];
}

function rank({ kind }: ConfigWarning): number {
  return kind === "invalid" ? 0 : 1;
}

interface Judged extends Pick<ValidatedConfig, "problems" | "unknownKeys"> {
  /** Undefined if there is any problem. */
  readonly resolved: ResolvedConfig | undefined;
}

function judge(
  { value, sourceOf, layers }: Pick<MergedLayers, "value" | "sourceOf" | "layers">,
  early: readonly ConfigProblem[],
  toAbsolute: (path: string) => string,
): Judged {
  const order = new Map(layers.map(({ source }, index) => [source, index]));
  const inLayers = <T extends ConfigProblem>(problems: readonly T[]): readonly T[] =>
    problems.toSorted((one, other) => (order.get(one.source) ?? 0) - (order.get(other.source) ?? 0));
  const validated = validateConfig(value, sourceOf);
  const unknownKeys: readonly UnknownKey[] = inLayers(validated.unknownKeys);
  const found = inLayers([...early, ...validated.problems]);
  if (validated.value === undefined || found.length > 0) {
    return { problems: found, unknownKeys, resolved: undefined };
  }
  const resolved = resolveConfig(validated.value, sourceOf, toAbsolute);
  const isSound = resolved.problems.length === 0;
  return { problems: inLayers(resolved.problems), unknownKeys, resolved: isSound ? resolved : undefined };
}

/** Leaves out what is wrong until the rest can be used. Each round leaves out something, and an empty file is sound. */
function rescue(merged: MergedLayers, first: Judged, toAbsolute: (path: string) => string): ResolvedConfig {
  let { value } = merged;
  let { problems, resolved } = first;
  while (resolved === undefined) {
    value =
      problems.length === 0
        ? {}
        : withoutPlaces(
            value,
            problems.map(({ place }) => place),
          );
    ({ problems, resolved } = judge({ ...merged, value }, [], toAbsolute));
  }
  return resolved;
}

function ignored<T extends ConfigProblem>(problem: T): T {
  return { ...problem, message: `${problem.message} (ignored)` };
}

function toUnreadable(error: FairleadError): ConfigWarning {
  const { file = "", line } = error.details;
  return {
    kind: "invalid",
    file: String(file),
    path: "",
    ...(typeof line === "number" ? { line } : {}),
    message: error.message,
  };
}
