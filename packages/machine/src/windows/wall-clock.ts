/** The clock in which start times are told on Windows: microseconds since 1970. */
export function wallMicroseconds(): number {
  return Date.now() * 1_000;
}

/** How long ago a start time on that clock was. */
export function ageMs(startedAt: number): number {
  return Math.max(0, Math.round(Date.now() - startedAt / 1_000));
}
