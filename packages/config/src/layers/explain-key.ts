import { FairleadError } from "@fairlead/core";
import { didYouMean } from "../problems/nearest-name.js";
import { type ConfigKey, keyAt, knownKeysAt } from "../schema/key-table.js";
import { formatDottedKey } from "../toml/dotted-key.js";
import { type ConfigLayer, isTable, type LayerKind, type Table, valueAt } from "./config-layer.js";
import { maskValueAt } from "./mask-value.js";
import { mergeLayers } from "./merge-layers.js";
import { type LayerOptions, readLayers } from "./read-layers.js";

/** One place that says what a key is. */
export interface ExplainedLayer {
  readonly kind: LayerKind | "default";
  /** The file, or the flag; none for a default. */
  readonly from?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** What may be a secret in it is `***`. */
  readonly value: unknown;
  /** Whether this is the value that counts. */
  readonly wins: boolean;
}

/** What a key is, and why. */
export interface ExplainedKey {
  /** Dotted. */
  readonly key: string;
  readonly description?: string;
  readonly type?: string;
  /** Undefined where nothing sets it and it has no default. What may be a secret in it is `***`. */
  readonly value?: unknown;
  /** Everything that sets it, the weakest first. */
  readonly layers: readonly ExplainedLayer[];
}

/**
 * Tells where the value of a key comes from. For a table these are the keys in it that somebody has written.
 * @param path the key, taken apart
 * @throws FairleadError `usage` for a key that there is not, `not_found` for an entry that there is not
 */
export async function explainKey(
  options: LayerOptions,
  path: readonly string[],
): Promise<readonly ExplainedKey[]> {
  const { layers } = await readLayers(options);
  const { value: merged, layers: used } = mergeLayers(layers);
  const written = leavesBelow(used, path);
  if (written.length > 0) return written.map((leaf) => explainLeaf(leaf, merged, used));
  const key = keyAt(path);
  const names = entryNames(used, path[0] ?? "");
  const [group = "", name] = path;
  if (name !== undefined && key?.path.includes("<name>") !== false && nouns[group] !== undefined) {
    if (!names.includes(name)) throw unknownEntry(group, name, names);
  }
  if (key === undefined) throw unknownKey(path);
  return [explainLeaf(path, merged, used)];
}

function explainLeaf(path: readonly string[], merged: Table, layers: readonly ConfigLayer[]): ExplainedKey {
  const about: ConfigKey | undefined = keyAt(path);
  const isSet = valueAt(merged, path) !== undefined;
  const setting = layers.filter(({ value }) => valueAt(value, path) !== undefined);
  const winner = isSet ? setting.at(-1) : undefined;
  const explained = setting.map((layer): ExplainedLayer => {
    const { kind, source } = layer;
    const line = source.lineOf(path);
    return {
      kind,
      from: source.file,
      ...(line === undefined ? {} : { line }),
      value: maskValueAt(path, valueAt(layer.value, path)),
      wins: layer === winner,
    };
  });
  const initial = about?.defaultValue;
  const value = winner === undefined ? initial : maskValueAt(path, valueAt(winner.value, path));
  return {
    key: formatDottedKey(path),
    ...(about === undefined ? {} : { description: about.description, type: about.type }),
    ...(value === undefined ? {} : { value }),
    layers: [
      ...(initial === undefined
        ? []
        : [{ kind: "default", value: initial, wins: winner === undefined } as const]),
      ...explained,
    ],
  };
}

/** The places of values that are no tables, at a place or below it, in the order in which they are first written. */
function leavesBelow(
  layers: readonly ConfigLayer[],
  path: readonly string[],
): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const visit = (value: unknown, place: readonly string[]): void => {
    const members = isTable(value) ? Object.entries(value) : undefined;
    if (members === undefined && value !== undefined) found.set(JSON.stringify(place), place);
    for (const [key, member] of members ?? []) visit(member, [...place, key]);
  };
  for (const { value } of layers) visit(valueAt(value, path), path);
  return [...found.values()];
}

function entryNames(layers: readonly ConfigLayer[], group: string): readonly string[] {
  const names = layers.flatMap(({ value }) => {
    const entries = valueAt(value, [group]);
    return isTable(entries) ? Object.keys(entries) : [];
  });
  return [...new Set(names)];
}

const nouns: Readonly<Record<string, "server" | "connector" | "executor" | "profile">> = {
  mcp_servers: "server",
  connectors: "connector",
  executors: "executor",
  profiles: "profile",
};

function unknownEntry(group: string, name: string, known: readonly string[]): FairleadError {
  const noun = nouns[group] ?? "server";
  const list = known.length === 0 ? "none is configured" : `configured are ${known.join(", ")}`;
  const message = `There is no ${noun} ${JSON.stringify(name)}; ${list}.${didYouMean(name, known)}`;
  const reasons = { executor: "executor_unknown", profile: "argument_invalid" } as const;
  const reason = noun === "executor" || noun === "profile" ? reasons[noun] : "server_unknown";
  return new FairleadError("not_found", message, { reason, effect: "none", details: { [noun]: name } });
}

function unknownKey(path: readonly string[]): FairleadError {
  const known = knownKeysAt(path.slice(0, -1));
  const question = didYouMean(path.at(-1) ?? "", known);
  const message = `There is no key ${formatDottedKey(path)}.${question} fairlead config schema has them all.`;
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
