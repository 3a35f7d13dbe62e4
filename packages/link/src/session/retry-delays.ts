const firstDelayMs = 25;
/** Most breaks are over within a fifth of a second, which these cover with all jitter; doubling would only miss the moment. */
const equalDelays = 12;
const longestDelayMs = 1_000;

/**
 * The pauses between the tries to get back to an executor, in milliseconds: none before the first, then 25 twelve times, then
 * doubling to 1,000. Up to a quarter less by chance, so that many clients of one executor do not come back in step.
 * @param random from 0 to 1, as `Math.random` gives it
 */
export function* retryDelaysMs(random: () => number = Math.random): Generator<number, never> {
  yield 0;
  const jittered = (delayMs: number): number => delayMs * (1 - random() / 4);
  for (let count = 0; count < equalDelays; count += 1) yield jittered(firstDelayMs);
  for (let delayMs = 4 * firstDelayMs; ; delayMs = Math.min(longestDelayMs, delayMs * 2)) {
    yield jittered(delayMs);
  }
}
