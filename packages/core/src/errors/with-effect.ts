import { type ErrorEffect, FairleadError } from "./fairlead-error.js";

/** The same failure with what is known of its effect where it is passed on. */
export function withEffect(failure: FairleadError, effect: ErrorEffect): FairleadError {
  if (failure.effect === effect) return failure;
  const { code, message, reason, details } = failure;
  return new FairleadError(code, message, {
    cause: failure,
    effect,
    details,
    ...(reason === undefined ? {} : { reason }),
  });
}
