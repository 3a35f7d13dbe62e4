import { isTable, type Table } from "../layers/config-layer.js";

/** Groups of entries with names, of which one can be left out without the others. */
const groups: ReadonlySet<PropertyKey> = new Set(["mcp_servers", "connectors", "executors", "built_ins"]);

/**
 * A copy of a file without the entries, or otherwise the keys at its top, that places are in. It has less than the file, or
 * is empty.
 */
export function withoutPlaces(value: Table, places: readonly (readonly PropertyKey[])[]): Table {
  const entries = places.filter(([group = ""]) => groups.has(group) && isTable(value[String(group)]));
  const named = entries.filter((place) => place.length > 1);
  const whole = new Set(places.filter((place) => !named.includes(place)).map(([key]) => key));
  const kept = Object.entries(value)
    .filter(([key]) => !whole.has(key))
    .map(([key, member]): [string, unknown] => {
      const dropped = new Set(named.filter(([group]) => group === key).map(([, name]) => name));
      if (dropped.size === 0 || !isTable(member)) return [key, member];
      return [key, Object.fromEntries(Object.entries(member).filter(([name]) => !dropped.has(name)))];
    });
  const rest = Object.fromEntries(kept);
  return sizeOf(rest) < sizeOf(value) ? rest : {};
}

function sizeOf(value: Table): number {
  return Object.values(value).reduce<number>(
    (sum, member) => sum + 1 + (isTable(member) ? Object.keys(member).length : 0),
    0,
  );
}
