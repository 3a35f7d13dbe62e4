const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a time as people write it: `90s`, `10m`, `2h`, `1d` ago, or a date like `2026-11-21` or `2026-11-21T19:55`, which is
 * local where it names no zone. @returns Unix time in milliseconds; undefined where it is neither
 */
export function parseSince(text: string, nowMs: number): number | undefined {
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (unitsMs[unit] ?? 0);
  const [date] = /^\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(text.trim()) ?? [];
  // A date alone would be taken for one of UTC.
  const atMs = date === undefined ? Number.NaN : Date.parse(date.length === 10 ? `${date}T00:00` : date);
  return Number.isNaN(atMs) ? undefined : atMs;
}
