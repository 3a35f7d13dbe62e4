import { FairleadError } from "@fairlead/core";
import type { StartFailure } from "./server-errors.js";

/** Says of an error that a server reached over HTTP could not be started because of it; a start that was canceled stays that. */
export function toHttpStartError(
  error: FairleadError,
  name: string,
  failureOf: (error: FairleadError) => StartFailure,
): FairleadError {
  if (error.code === "canceled") return error;
  const { code, message, reason, effect, cause } = error;
  return new FairleadError(code, message, {
    effect,
    cause: cause ?? error,
    ...(reason === undefined ? {} : { reason }),
    details: { failure: failureOf(error), ...error.details, server: name, stderrTail: "" },
  });
}
