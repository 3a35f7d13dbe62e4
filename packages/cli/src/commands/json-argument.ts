import { FairleadError, isJsonObject } from "@fairlead/core";

/** Reads arguments that were typed as JSON. @throws FairleadError `usage`, reason `argument_invalid`, for all but an object */
export function readJsonArguments(json: string, whose: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`The ${whose} arguments are not JSON: ${what}`, cause);
  }
  if (isJsonObject(parsed)) return parsed;
  throw refuse(`The ${whose} arguments must be a JSON object, as in {"path": "/srv"}`);
}

function refuse(what: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", what, { cause, reason: "argument_invalid", effect: "none" });
}
