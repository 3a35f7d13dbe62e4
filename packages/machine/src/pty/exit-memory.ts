import type { Child } from "../processes/child.js";

/** How a child ended. */
export interface KnownExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Keeps an exit for those who ask for it later. */
export interface ExitMemory {
  /** To be called when the child ended. */
  ended(exit: KnownExit): void;
  known(): KnownExit | undefined;
  /** Calls back at the exit, at once if it was before. */
  readonly listen: Child["onExit"];
}

/** Starts with a child that runs. */
export function createExitMemory(): ExitMemory {
  const listeners = new Set<Parameters<Child["onExit"]>[0]>();
  let known: KnownExit | undefined;
  return {
    ended: (exit) => {
      if (known !== undefined) return;
      known = exit;
      for (const listener of listeners) listener(exit.code, exit.signal);
    },
    known: () => known,
    listen: (listener) => {
      if (known === undefined) listeners.add(listener);
      else listener(known.code, known.signal);
    },
  };
}
