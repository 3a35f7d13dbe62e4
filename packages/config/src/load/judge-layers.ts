import { toAbsolutePath } from "../layers/absolute-paths.js";
import type { ConfigLayer, Table } from "../layers/config-layer.js";
import { mergeLayers } from "../layers/merge-layers.js";
import { ownServeProblems } from "../layers/own-serve.js";
import type { LayerOptions, ReadLayers } from "../layers/read-layers.js";
import type { ConfigProblem } from "../problems/config-problem.js";
import { type UnknownKey, validateConfig } from "../validate/validate-config.js";
import { type ResolvedConfig, resolveConfig } from "./resolve-config.js";
import { withoutPlaces } from "./without-places.js";

/** What several layers came to. */
export interface JudgedLayers {
  /** What cannot be used, in the order of the layers. */
  readonly problems: readonly ConfigProblem[];
  readonly unknownKeys: readonly UnknownKey[];
  /** Entries that change what is not there. */
  readonly pointless: readonly ConfigProblem[];
  /** Everything that was written, with what cannot be used. */
  readonly written: Table;
  /** The configuration, without what cannot be used. */
  readonly resolved: ResolvedConfig;
}

/** Lays layers over each other, checks what they come to, and leaves out what cannot be used, layer by layer. */
export function judgeLayers({ layers, problems: early }: ReadLayers, { home }: LayerOptions): JudgedLayers {
  const first = judge(layers, early, home);
  let round = first;
  let rest = layers;
  const theirs: ConfigProblem[] = [];
  // What is wrong with a project's files hides what is wrong with the user's own, so that goes first, and by itself.
  while (round.problems.some(isTheirs) && rest.some((layer) => isTheirs(layer) && !isEmpty(layer))) {
    const found = round.problems.filter(isTheirs);
    theirs.push(...found);
    rest = withoutAll(rest, found);
    round = judge(
      rest,
      early.filter((problem) => !isTheirs(problem)),
      home,
    );
  }
  const own = [...round.problems];
  while (round.resolved === undefined) {
    rest = withoutAll(rest, round.problems);
    round = judge(rest, [], home);
    // Some rules are looked at only where all others hold: what they find is lost unless it is kept here.
    own.push(...round.problems.filter((problem) => !isBesideAny(problem, own)));
  }
  const problems = inOrderOf(layers, [...theirs, ...own]);
  const { unknownKeys, pointless, written } = first;
  return { problems, unknownKeys, pointless, written, resolved: round.resolved };
}

/** Whether a problem is about what others are about too: without what was cut for those, its rest may be wrong in new ways. */
function isBesideAny({ place: [group, name] }: ConfigProblem, others: readonly ConfigProblem[]): boolean {
  return others.some(({ place }) => place[0] === group && (place.length < 2 || place[1] === name));
}

function isTheirs({ source }: Pick<ConfigProblem, "source">): boolean {
  return source.projectFolder !== undefined;
}

function isEmpty({ value }: ConfigLayer): boolean {
  return Object.keys(value).length === 0;
}

/** Leaves out what problems are about, or, so that this ends in any case, all of their layers. */
function withoutAll(
  layers: readonly ConfigLayer[],
  problems: readonly ConfigProblem[],
): readonly ConfigLayer[] {
  const smaller = layers.map((layer) => withoutProblems(layer, problems));
  const isSmaller = layers.some((layer, index) => !isEmpty(layer) && layer !== smaller[index]);
  if (isSmaller) return smaller;
  const isTheirsAlone =
    problems.every(isTheirs) && layers.some((layer) => isTheirs(layer) && !isEmpty(layer));
  return layers.map((layer) => (isTheirsAlone && !isTheirs(layer) ? layer : { ...layer, value: {} }));
}

interface Judgement extends Omit<JudgedLayers, "resolved"> {
  /** Undefined if there is any problem. */
  readonly resolved: ResolvedConfig | undefined;
}

function judge(layers: readonly ConfigLayer[], early: readonly ConfigProblem[], home: string): Judgement {
  const { value, sourceOf, pointless } = mergeLayers(layers);
  const inLayers = <T extends ConfigProblem>(problems: readonly T[]): readonly T[] =>
    inOrderOf(layers, problems);
  const validated = validateConfig(value, sourceOf);
  const unknownKeys = inLayers(validated.unknownKeys);
  const found = inLayers([...early, ...ownServeProblems(value, sourceOf), ...validated.problems]);
  if (validated.value === undefined || found.length > 0) {
    return { problems: found, unknownKeys, pointless, written: value, resolved: undefined };
  }
  const resolved = resolveConfig(validated.value, sourceOf, (path) => toAbsolutePath(path, home));
  const problems = inLayers(resolved.problems);
  return {
    problems,
    unknownKeys,
    pointless,
    written: value,
    resolved: problems.length === 0 ? resolved : undefined,
  };
}

function inOrderOf<T extends ConfigProblem>(
  layers: readonly ConfigLayer[],
  problems: readonly T[],
): readonly T[] {
  const order = new Map(layers.map(({ source }, index) => [source, index]));
  return problems.toSorted(
    (one, other) =>
      (order.get(one.source) ?? 0) - (order.get(other.source) ?? 0) || lineOf(one) - lineOf(other),
  );
}

function lineOf({ source, place }: ConfigProblem): number {
  return source.lineOf(place) ?? 0;
}

function withoutProblems(layer: ConfigLayer, problems: readonly ConfigProblem[]): ConfigLayer {
  const places = problems.filter(({ source }) => source === layer.source).map(({ place }) => place);
  return places.length === 0 ? layer : { ...layer, value: withoutPlaces(layer.value, places) };
}
