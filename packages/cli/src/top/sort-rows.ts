import type { TopRow } from "./top-row.js";

/** What rows can be sorted by, and the key for it. */
export type TopOrder = "state" | "cpu" | "memory";

const orders: Readonly<Record<string, TopOrder>> = { s: "state", c: "cpu", m: "memory" };

/** The order that the last of some keys stands for; undefined where none does. */
export function orderOf(keys: string): TopOrder | undefined {
  return Array.from(keys.toLowerCase(), (key) => orders[key]).findLast((order) => order !== undefined);
}

/** Sorts rows that are sorted by state already. */
export function sortRows(rows: readonly TopRow[], order: TopOrder): readonly TopRow[] {
  if (order === "state") return rows;
  const weigh = ({ cpuPercent = -1, memoryBytes }: TopRow): number =>
    order === "cpu" ? cpuPercent : memoryBytes;
  return rows.toSorted((one, other) => weigh(other) - weigh(one));
}
