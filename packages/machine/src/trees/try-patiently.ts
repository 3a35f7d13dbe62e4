import { setTimeout as delay } from "node:timers/promises";

/**
 * Does something that fails for a while when a machine runs out of files or memory: after each failure it pauses and tries
 * again.
 * @param pausesMs how long after each failure, in turn
 * @throws what the last try throws
 */
export async function tryPatiently<T>(action: () => Promise<T>, pausesMs: readonly number[]): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await action();
    } catch {
      // Told by the last try, if it is still there.
      await delay(pauseMs);
    }
  }
  return action();
}
