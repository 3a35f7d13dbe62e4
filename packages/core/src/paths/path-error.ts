import { FairleadError } from "../errors/fairlead-error.js";

/** A path that cannot be used as it is given. @param what continues "The path X …" */
export function pathError(path: string, what: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `The path ${JSON.stringify(path)} ${what}`, {
    cause,
    reason: "path_invalid",
    effect: "none",
    details: { path },
  });
}
