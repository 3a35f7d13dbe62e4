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

/** The error for a start where as many run as may. */
export function tooManyRunning(limit: number): FairleadError {
  return atLimit(`This session has ${limit} processes, which is its limit. Stop some first.`, limit);
}

/** The error for a start where as many are remembered as may, none of which can be forgotten. */
export function tooManyKept(limit: number): FairleadError {
  return atLimit(
    `This session keeps ${limit} processes, most of which have ended, and can keep no more: they left something ` +
      "running, or nobody has read how they ended. Stop some first.",
    limit,
  );
}

function atLimit(message: string, limit: number): FairleadError {
  return new FairleadError("resource_exhausted", message, {
    reason: "limit_reached",
    effect: "none",
    details: { limit },
  });
}
