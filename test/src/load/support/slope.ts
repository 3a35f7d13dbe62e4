/** One reading of something that should stay the same. */
export interface Reading {
  readonly atMs: number;
  readonly value: number;
}

/**
 * How much the readings grow per minute, in parts of their median: 0.01 is one per cent a minute. It is the median of the
 * slopes between all pairs (Theil and Sen), which a few bad readings do not move.
 * @throws RangeError for fewer than two readings
 */
export function growthPerMinute(readings: readonly Reading[]): number {
  if (readings.length < 2)
    throw new RangeError(`${readings.length} readings have no slope: give at least two`);
  const slopes = readings.flatMap((first, index) =>
    readings.slice(index + 1).map(({ atMs, value }) => (value - first.value) / (atMs - first.atMs)),
  );
  return (median(slopes) * 60_000) / median(readings.map(({ value }) => value));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
