import { FairleadError } from "@fairlead/core";

/** The error for a session that is over, or never was. */
export function unknownSession(id: string): FairleadError {
  return new FairleadError("unavailable", `The executor has no session ${id} (any more)`, {
    reason: "session_unknown",
    effect: "none",
  });
}

/** The error of a request that was under way when its session ended. */
export function endedSession(id: string): FairleadError {
  return new FairleadError("unavailable", `The session ${id} ended`, { reason: "session_lost" });
}

/** The error for whoever held or read a session that a newer connection took over. */
export function displacedSession(id: string): FairleadError {
  return new FairleadError("unavailable", `A newer connection took over session ${id}`, {
    reason: "session_displaced",
  });
}
