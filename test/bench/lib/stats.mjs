/** The value below which the share of all values lies. @param share 0 to 1; 0.5 is the median */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).toSorted();
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  return below + (sorted[Math.ceil(position)] - below) * (position % 1);
}

/** The middle value. */
export function median(values) {
  return quantile(values, 0.5);
}

/** What is told about a list of durations in milliseconds. */
export function summarize(durationsMs) {
  return {
    count: durationsMs.length,
    p50Ms: quantile(durationsMs, 0.5),
    p99Ms: quantile(durationsMs, 0.99),
    maxMs: quantile(durationsMs, 1),
  };
}

/** Divides two lists round by round, so that what slows a whole round down cancels out. */
export function ratios(values, baseline) {
  return values.map((value, round) => value / baseline[round]);
}
