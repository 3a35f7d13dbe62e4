import { FairleadError, isFairleadError } from "@fairlead/core";

/** Makes the error for a login that is not valid any more. @param why a clause about the login, for people, without secrets */
export function reauthenticationRequiredError(server: string, why: string): FairleadError {
  return new FairleadError(
    "unauthenticated",
    `The login to server '${server}' is not valid any more: ${why}. Run: fairlead login ${server}`,
    {
      reason: "reauthentication_required",
      effect: "none",
      details: { server, failure: "reauthentication_required" },
    },
  );
}

/** What is known about a renewal that did not work now. */
export interface PassingFailure {
  readonly serverName: string;
  /** What the authorization server did, as the end of a sentence, or what stopped the request. */
  readonly why: FairleadError | string;
  /** Milliseconds until it makes sense to try again. */
  readonly retryAfterMs: number;
}

/** Makes the error for a login that has run out and cannot be renewed now. It is not a reason to log in again. */
export function refreshFailedError({ serverName, why, retryAfterMs }: PassingFailure): FairleadError {
  const isOurs = isFairleadError(why);
  const text = isOurs ? `: ${why.message}` : `: its authorization server ${why}`;
  return new FairleadError(
    "unavailable",
    `The login to server '${serverName}' could not be renewed just now${text}. It is kept; try again later`,
    {
      reason: "refresh_failed",
      effect: "none",
      details: { server: serverName, failure: "unreachable", retryAfterMs: Math.ceil(retryAfterMs) },
      ...(isOurs ? { cause: why } : {}),
    },
  );
}

/** Makes the error for a store that cannot tell whether there is a login. @param kind as the store answered */
export function credentialsUnavailableError(
  server: string,
  kind: "unavailable" | "corrupt",
  why: string,
): FairleadError {
  const what = kind === "corrupt" ? "cannot be read, and is left as it is" : "cannot be asked now";
  return new FairleadError("unavailable", `The store with the login to server '${server}' ${what}: ${why}`, {
    reason: "credentials_unavailable",
    effect: "none",
    details: { server, failure: "config_invalid" },
  });
}
