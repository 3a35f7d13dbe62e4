import { FairleadError } from "@fairlead/core";
import type { FailureFacts } from "./host-event.js";
import type { RestartTimes } from "./restart-policy.js";
import type { ServerDefinition } from "./server-definition.js";

/** Makes the error for a call to a server that was let go of. */
export function stoppedError(name: string): FairleadError {
  return new FairleadError("canceled", `Server ${name} was stopped`, {
    reason: "transport_closed",
    effect: "none",
    details: { server: name },
  });
}

/** Makes the error that every call to a server gets which failed too often. */
export function givenUpError(
  { name }: ServerDefinition,
  failures: {
    readonly failureCount: number;
    readonly probeInMs: number;
    readonly facts: FailureFacts;
    readonly restartTimes: RestartTimes;
  },
): FairleadError {
  const { failureCount, probeInMs, facts, restartTimes } = failures;
  const often = `failed ${failureCount} times, ${restartTimes.maxFailures} or more within ${restartTimes.windowMs / 1_000} s`;
  const what = `it is tried again in ${Math.ceil(probeInMs / 1_000)} s; once it is repaired, 'fairlead reload ${name}' starts it at once`;
  return new FairleadError("unavailable", `Server '${name}' ${often}, so ${what}. Last: ${facts.message}`, {
    reason: "server_failing",
    effect: "none",
    cause: facts.error,
    details: { server: name, failure: facts.reason, failureCount, stderrTail: facts.stderrTail },
  });
}
