import { untilAborted } from "@fairlead/core";

/** Something that is being opened for everybody who asks for it meanwhile. */
export interface SharedOpening<T> {
  /** What is opened, for whoever only looks. */
  readonly opened: Promise<T>;
  /** Waits for it. @param signal gives up this wait alone @throws what opening it fails with, or `canceled` */
  join(signal: AbortSignal | undefined): Promise<T>;
}

/**
 * Opens something at once. It is given up when everybody who waited for it has given up, and never because one of them did.
 * @param what names it in messages
 * @param onGivenUp called then: whoever comes later must open it anew
 */
export function shareOpening<T>(
  open: (signal: AbortSignal) => Promise<T>,
  { what, onGivenUp }: { readonly what: string; readonly onGivenUp: () => void },
): SharedOpening<T> {
  const stop = new AbortController();
  const opened = open(stop.signal);
  let isPending = true;
  let waiting = 0;
  const settled = (): void => {
    isPending = false;
  };
  opened.then(settled, settled);
  return {
    opened,
    async join(signal) {
      waiting += 1;
      try {
        return await untilAborted(opened, signal, what);
      } finally {
        waiting -= 1;
        if (waiting === 0 && isPending) {
          onGivenUp();
          stop.abort(signal?.reason);
        }
      }
    },
  };
}
