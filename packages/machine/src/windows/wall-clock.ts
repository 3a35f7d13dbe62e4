/** The clock in which start times are told on Windows: microseconds since 1970. What was started before is not later. */
export function wallMicroseconds(): number {
  return Date.now() * 1_000 + 999;
}

/** How long ago a start time on that clock was. */
export function ageMs(startedAt: number): number {
  return Math.max(0, Math.round(Date.now() - startedAt / 1_000));
}
