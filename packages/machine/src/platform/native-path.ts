import { FairleadError, fromPathUri, type PathConvention } from "@fairlead/core";

/**
 * Converts a path URI to a path that this machine's system can be given.
 * @throws FairleadError `usage`, reason `path_invalid`: a path of the other convention, or one with a NUL or an unpaired
 * surrogate, which would be cut or changed on the way, so that something else than what was meant is opened
 */
export function nativePathOf(uri: string, convention: PathConvention): string {
  const path = fromPathUri(uri, convention);
  if (/[\0\p{Surrogate}]/u.test(path)) {
    throw new FairleadError(
      "usage",
      `The path ${JSON.stringify(path)} contains a character that cannot be handed to the system. Remove it`,
      { reason: "path_invalid", effect: "none", details: { path: uri } },
    );
  }
  return path;
}
