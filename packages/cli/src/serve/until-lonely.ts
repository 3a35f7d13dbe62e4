/** A wait for the time when no agent has been there for long. */
export interface LonelyWait extends Disposable {
  /** Never settles where no time was given. */
  readonly over: Promise<void>;
}

/** Between two looks at who is there, at most; sessions over HTTP come and go without telling us. */
const lookEveryMs = 1_000;

/**
 * Waits until nobody has been there for so long.
 * @param lingerSec undefined: for ever
 * @param count how many are there
 * @param agents tells when it changed
 */
export function untilLonely(
  lingerSec: number | undefined,
  count: () => number,
  agents: { onChange: () => void },
): LonelyWait {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    if (lingerSec === undefined) return;
    const lingerMs = lingerSec * 1_000;
    let aloneSinceMs = performance.now();
    const look = (): void => {
      if (count() > 0) aloneSinceMs = performance.now();
      else if (performance.now() - aloneSinceMs >= lingerMs) resolve();
    };
    agents.onChange = look;
    timer = setInterval(look, Math.max(10, Math.min(lookEveryMs, lingerMs / 4)));
  });
  return {
    over,
    [Symbol.dispose]() {
      agents.onChange = () => {};
      clearInterval(timer);
    },
  };
}
