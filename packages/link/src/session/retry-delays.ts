const firstDelayMs = 50;
const longestDelayMs = 1_000;

/**
 * The pauses between the tries to get back to an executor, in milliseconds: none before the first, then 50 doubling to
 * 1,000. Up to a quarter less by chance, so that many clients of one executor do not come back in step.
 * @param random from 0 to 1, as `Math.random` gives it
 */
export function* retryDelaysMs(random: () => number = Math.random): Generator<number, never> {
  yield 0;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(longestDelayMs, delayMs * 2)) {
    yield delayMs * (1 - random() / 4);
  }
}
