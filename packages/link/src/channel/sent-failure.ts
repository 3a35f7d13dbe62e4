import { FairleadError } from "@fairlead/core";

/**
 * The same failure for a request that was sent already: that it had no effect was true of whatever made it fail, and is not
 * known of the request.
 */
export function toSentFailure(failure: FairleadError): FairleadError {
  const { code, message, reason, effect, details } = failure;
  if (effect === "unknown") return failure;
  return new FairleadError(code, message, {
    cause: failure,
    ...(reason === undefined ? {} : { reason }),
    details,
  });
}
