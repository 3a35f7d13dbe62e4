/** Seconds as they are written, in milliseconds; at least one, because a time of zero means something else to a timer. */
export function toMs(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}
