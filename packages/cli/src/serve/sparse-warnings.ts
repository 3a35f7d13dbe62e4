/** What warnings go to. */
export interface SparseWarningsOptions {
  readonly warn: (text: string) => void;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds between two lines of one kind: strangers can cause as many as they like. */
const pauseMs = 60_000;

/**
 * Passes on one warning of each kind and minute, with the number of those that were left out before it.
 * @returns takes a warning. Kinds are few, and chosen by us
 */
export function createSparseWarnings({
  warn,
  now = Date.now,
}: SparseWarningsOptions): (kind: string, text: string) => void {
  const told = new Map<string, { readonly atMs: number; leftOut: number }>();
  return (kind, text) => {
    const last = told.get(kind);
    if (last !== undefined && now() - last.atMs < pauseMs) {
      last.leftOut += 1;
      return;
    }
    const leftOut = last?.leftOut ?? 0;
    told.set(kind, { atMs: now(), leftOut: 0 });
    warn(leftOut === 0 ? text : `${text} (and ${leftOut} times more since the last such line)`);
  };
}
