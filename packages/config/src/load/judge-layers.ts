import { toAbsolutePath } from "../layers/absolute-paths.js";
import type { ConfigLayer } from "../layers/config-layer.js";
import { mergeLayers } from "../layers/merge-layers.js";
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
  /** The configuration, without what cannot be used. */
  readonly resolved: ResolvedConfig;
}

/** Lays layers over each other, checks what they come to, and leaves out what cannot be used, layer by layer. */
export function judgeLayers({ layers, problems: early }: ReadLayers, { home }: LayerOptions): JudgedLayers {
  const first = judge(layers, early, home);
  let round = first;
  let rest = layers;
  while (round.resolved === undefined) {
    const smaller = rest.map((layer) => withoutProblems(layer, round.problems));
    // An empty configuration is sound, so this ends in any case.
    const isSmaller = smaller.some((layer, index) => layer !== rest[index]);
    rest = isSmaller ? smaller : rest.map((layer) => ({ ...layer, value: {} }));
    round = judge(rest, [], home);
  }
  const { problems, unknownKeys, pointless } = first;
  return { problems, unknownKeys, pointless, resolved: round.resolved };
}

interface Judgement extends Omit<JudgedLayers, "resolved"> {
  /** Undefined if there is any problem. */
  readonly resolved: ResolvedConfig | undefined;
}

function judge(layers: readonly ConfigLayer[], early: readonly ConfigProblem[], home: string): Judgement {
  const { value, sourceOf, pointless } = mergeLayers(layers);
  const order = new Map(layers.map(({ source }, index) => [source, index]));
  const inLayers = <T extends ConfigProblem>(problems: readonly T[]): readonly T[] =>
    problems.toSorted(
      (one, other) =>
        (order.get(one.source) ?? 0) - (order.get(other.source) ?? 0) || lineOf(one) - lineOf(other),
    );
  const validated = validateConfig(value, sourceOf);
  const unknownKeys = inLayers(validated.unknownKeys);
  const found = inLayers([...early, ...validated.problems]);
  if (validated.value === undefined || found.length > 0) {
    return { problems: found, unknownKeys, pointless, resolved: undefined };
  }
  const resolved = resolveConfig(validated.value, sourceOf, (path) => toAbsolutePath(path, home));
  const problems = inLayers(resolved.problems);
  return { problems, unknownKeys, pointless, resolved: problems.length === 0 ? resolved : undefined };
}

function lineOf({ source, place }: ConfigProblem): number {
  return source.lineOf(place) ?? 0;
}

function withoutProblems(layer: ConfigLayer, problems: readonly ConfigProblem[]): ConfigLayer {
  const places = problems.filter(({ source }) => source === layer.source).map(({ place }) => place);
  return places.length === 0 ? layer : { ...layer, value: withoutPlaces(layer.value, places) };
}
