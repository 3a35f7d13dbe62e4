/** The clock in which start times are told on Windows: microseconds since 1970. What was started before is not later. */
export function wallMicroseconds(): number {
  return Date.now() * 1_000 + 999;
}

/**
 * How long a process may go on after TerminateProcess, which says only that it will end: a call that one of its threads is in,
 * such as that which starts another process, is still finished. In microseconds; short, so that Windows gives its number to
 * nobody else meanwhile.
 */
export const killLagMicroseconds = 100_000;

/** How long ago a start time on that clock was. */
export function ageMs(startedAt: number): number {
  return Math.max(0, Math.round(Date.now() - startedAt / 1_000));
}
