/** No server makes us come back faster than this, in milliseconds. */
export const minReconnectMs = 100;
const firstMs = 1_000;
const longestMs = 30_000;

/** Gives how long to wait before the next try: 1 s, doubled each time up to 30 s, a fifth of it at random. */
export function backOffMs(failures: number): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10));
  // Hosts that lost the same server must not come back in the same moment.
  return fullMs * (1 - Math.random() * 0.2);
}
