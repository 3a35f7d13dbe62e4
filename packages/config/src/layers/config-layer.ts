import type { ConfigSource } from "../problems/config-problem.js";

/** Where values of the configuration come from, beside the defaults; the weakest first. */
export const layerKinds = ["user", "project", "mcp-config", "profile", "override", "flag"] as const;

/** One of {@link layerKinds}. */
export type LayerKind = (typeof layerKinds)[number];

/** The tables and values of one file, or of one flag, in the shape of `config.toml`; not validated yet. */
export interface ConfigLayer {
  readonly kind: LayerKind;
  readonly source: ConfigSource;
  readonly value: Table;
  /** Of a flag: the one place that it sets, as a whole. */
  readonly sets?: readonly string[] | undefined;
}

/** A table, as it is parsed. */
export type Table = Readonly<Record<string, unknown>>;

/** Whether a value is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What is written at a place; undefined where nothing is. */
export function valueAt(value: unknown, place: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of place) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[step];
  }
  return found;
}

/** A copy of a table with another value at a place; tables that are missing are made. */
export function withValueAt(table: Table, place: readonly string[], value: unknown): Table {
  const [key, ...rest] = place;
  if (key === undefined) return table;
  const below = valueAt(table, [key]);
  const inner = rest.length === 0 ? value : withValueAt(isTable(below) ? below : {}, rest, value);
  return withMember(table, key, inner);
}

/** A copy of a table with one member set; every key is a member, also `__proto__`. */
export function withMember(table: Table, key: string, value: unknown): Table {
  return Object.fromEntries(new Map(Object.entries(table)).set(key, value));
}
