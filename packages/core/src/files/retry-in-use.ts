/** What Windows says of a file that somebody else has open, or that goes away once nobody has. */
const inUseCodes: ReadonlySet<unknown> = new Set(["EPERM", "EACCES", "EBUSY"]);

/** Whoever reads a small file, or looks through it for viruses, is done with it long before. */
const defaultLimitMs = 2_000;

const pauseMs = { first: 5, most: 100 };

/**
 * Takes a step with a file that others may have open at the moment, such as putting another in its place. Windows refuses
 * that, so there it is tried again until it works; everywhere else a refusal is meant.
 * @param platform as Node calls it
 * @param limitMs milliseconds, after which a refusal counts there too. @default 2,000
 * @throws whatever the step does
 */
export async function retryInUse<Result>(
  step: () => Promise<Result>,
  platform: string,
  limitMs = defaultLimitMs,
): Promise<Result> {
  const endMs = performance.now() + limitMs;
  for (let waitMs = pauseMs.first; ; waitMs = Math.min(waitMs * 2, pauseMs.most)) {
    try {
      return await step();
    } catch (cause) {
      if (platform !== "win32" || !isInUse(cause) || performance.now() + waitMs > endMs) throw cause;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function isInUse(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && inUseCodes.has(cause.code);
}
