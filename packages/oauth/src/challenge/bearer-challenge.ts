import { splitScopes } from "../login/choose-scopes.js";
import { type AuthChallenge, parseChallenges } from "./parse-challenges.js";

/** What a server that wants a bearer token says about it (RFC 6750 3, RFC 9728 5.1). */
export interface BearerChallenge {
  /** Where the metadata of the resource is, as it was written. */
  readonly resourceMetadata?: string | undefined;
  /** What the request needs; undefined: it does not say. */
  readonly scopes?: readonly string[] | undefined;
  /** Why the token was refused, for example `insufficient_scope`. */
  readonly error?: string | undefined;
}

/**
 * Picks what concerns bearer tokens out of a server's answer: of several bearer challenges the first that names metadata,
 * else the first. Undefined where there is none.
 */
export function bearerChallenge(headers: Parameters<typeof parseChallenges>[0]): BearerChallenge | undefined {
  const offered = parseChallenges(headers).filter(({ scheme }) => scheme === "bearer");
  const chosen = offered.find(({ parameters }) => parameters.has("resource_metadata")) ?? offered[0];
  return chosen === undefined ? undefined : toBearerChallenge(chosen);
}

function toBearerChallenge({ parameters }: AuthChallenge): BearerChallenge {
  const scopes = splitScopes(parameters.get("scope"));
  const resourceMetadata = parameters.get("resource_metadata");
  const error = parameters.get("error");
  return {
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(error === undefined ? {} : { error }),
  };
}
