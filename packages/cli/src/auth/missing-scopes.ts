import { bearerChallenge } from "@fairlead/oauth";

/**
 * What a server says that a request needs which a login does not allow: the scopes, none if it does not name them.
 * Undefined: its refusal has another reason.
 */
export function missingScopes(response: Response): readonly string[] | undefined {
  const challenge = bearerChallenge(response.headers);
  return challenge?.error === "insufficient_scope" ? (challenge.scopes ?? []) : undefined;
}
