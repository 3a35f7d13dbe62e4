import type { ConfigProblem, ConfigSource, SourceOf } from "../problems/config-problem.js";
import {
  type ConfigLayer,
  isTable,
  type LayerKind,
  type Table,
  valueAt,
  withValueAt,
} from "./config-layer.js";

/** Several layers as one. */
export interface MergedLayers {
  readonly value: Table;
  readonly sourceOf: SourceOf;
  /** The layers as they count, without what had to be left out. */
  readonly layers: readonly ConfigLayer[];
  /** Entries that change what is not there; they were left out. */
  readonly pointless: readonly ConfigProblem[];
}

/** What makes an entry of a group whole; one with none of these only changes the keys that it has. */
const wholeBy: Readonly<Record<string, readonly string[]>> = {
  mcp_servers: ["command", "url"],
  connectors: ["url"],
  executors: ["url"],
};

/**
 * Lays layers over each other, the strongest last: key by key, but an entry that says what it is (a server with a command or
 * a url, an executor with a url) replaces the one below as a whole, so that nothing of another program sticks to it.
 */
export function mergeLayers(layers: readonly ConfigLayer[]): MergedLayers {
  const pointless: ConfigProblem[] = [];
  const used: ConfigLayer[] = [];
  let merged: Table = {};
  for (const layer of layers) {
    const useful = changesOnly.has(layer.kind) ? withoutPointless(layer, merged, pointless) : layer;
    used.push(useful);
    merged = lay(merged, useful);
  }
  const value = merged;
  return { value, sourceOf: (place) => findSource(value, used, place), layers: used, pointless };
}

const changesOnly: ReadonlySet<LayerKind> = new Set(["project", "profile"]);

function lay(below: Table, { kind, value, sets }: ConfigLayer): Table {
  if (sets !== undefined) {
    const set = valueAt(value, sets);
    return set === undefined ? below : withValueAt(below, sets, set);
  }
  return mergeTables(below, value, { place: [], isWholeFile: kind === "mcp-config" });
}

interface Merging {
  readonly place: readonly string[];
  /** Whether every entry of the file above is whole. */
  readonly isWholeFile: boolean;
}

function mergeTables(below: Table, above: Table, { place, isWholeFile }: Merging): Table {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const here = [...place, key];
    const known = merged.get(key);
    const replaces = !isTable(known) || !isTable(value) || isWhole(here, value, isWholeFile);
    merged.set(key, replaces ? value : mergeTables(known, value, { place: here, isWholeFile }));
  }
  return Object.fromEntries(merged);
}

function isWhole(place: readonly string[], entry: Table, isWholeFile: boolean): boolean {
  const [group = "", ...rest] = place;
  const keys = Object.hasOwn(wholeBy, group) ? wholeBy[group] : undefined;
  if (keys === undefined || rest.length !== 1) return false;
  return isWholeFile || keys.some((key) => Object.hasOwn(entry, key));
}

/** Other people's machines have other servers: what changes one that is not here is no mistake. */
function withoutPointless(layer: ConfigLayer, below: Table, told: ConfigProblem[]): ConfigLayer {
  const groups = Object.entries(layer.value).map(([group, entries]): [string, unknown] => {
    if (!Object.hasOwn(wholeBy, group) || !isTable(entries)) return [group, entries];
    const kept = Object.entries(entries).filter(([name, entry]) => {
      const place = [group, name];
      const isUsed = !isTable(entry) || isWhole(place, entry, false) || valueAt(below, place) !== undefined;
      // Switching off what is not there is done.
      if (!isUsed && entry["enabled"] !== false) {
        const message = `has no ${wholeBy[group]?.join(" or ")}, and there is nothing of that name below it to change`;
        told.push({ source: layer.source, place, message });
      }
      return isUsed;
    });
    return [group, Object.fromEntries(kept)];
  });
  return { ...layer, value: Object.fromEntries(groups) };
}

function findSource(
  merged: Table,
  layers: readonly ConfigLayer[],
  place: readonly PropertyKey[],
): ConfigSource {
  for (let length = place.length; length > 0; length--) {
    const part = place.slice(0, length);
    if (valueAt(merged, part) === undefined) continue;
    const layer = layers.findLast(({ value }) => valueAt(value, part) !== undefined);
    if (layer !== undefined) return layer.source;
  }
  const [first] = layers;
  if (first === undefined) throw new Error("There is no layer");
  return first.source;
}
