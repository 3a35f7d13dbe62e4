import type { FairleadError } from "@fairlead/core";
import type { HttpSessionFacts } from "./http-face.js";

/** Why a session ends. */
export type SessionEnd = "deleted" | "idle" | "evicted" | "refused" | "shutdown";

/** A session of either era, as far as the table of sessions knows it. */
export interface FaceSession {
  readonly facts: HttpSessionFacts;
  readonly use: SessionUse;
  /** Called now and then. */
  tick(): void;
  /**
   * Ends the session and lets go of its servers. Calling it again gives the same promise.
   * @param isHasty whether connections whose readers are behind are broken, with whatever waits in them
   */
  close(isHasty: boolean): Promise<void>;
  /** Settles when the session has to end for reasons of its own. */
  readonly evicted: Promise<FairleadError>;
}

/** Counts what uses a session, its open responses above all, and knows how long there has been nothing. */
export interface SessionUse {
  /** @returns ends this use; calling it again does nothing */
  begin(): () => void;
  /** Milliseconds since the last use ended; 0 while there is one. */
  readonly idleMs: number;
}

/** Makes the count of a session. @param isHeld tells whether it is in use without a request of its agent. @default never */
export function createSessionUse(isHeld: () => boolean = () => false): SessionUse {
  let count = 0;
  let endedAtMs = performance.now();
  return {
    begin() {
      let isOver = false;
      count += 1;
      return () => {
        if (isOver) return;
        isOver = true;
        count -= 1;
        endedAtMs = performance.now();
      };
    },
    get idleMs() {
      return count > 0 || isHeld() ? 0 : performance.now() - endedAtMs;
    },
  };
}
