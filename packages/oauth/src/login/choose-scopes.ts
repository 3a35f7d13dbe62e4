/** Who may have a say about the scopes of a login, the strongest first. */
export interface ScopeWishes {
  /** For this one login, as by `--scopes`; an empty list asks for none. */
  readonly given?: readonly string[] | undefined;
  /** In the configuration; an empty list asks for none. */
  readonly configured?: readonly string[] | undefined;
  /** What the server's challenge says that the request needs. */
  readonly challenge?: readonly string[] | undefined;
  /** The `scopes_supported` of the resource. */
  readonly discovered?: readonly string[] | undefined;
  /** The `scopes_supported` of the authorization server. */
  readonly offered?: readonly string[] | undefined;
}

/** What a login asks for. */
export interface ChosenScopes {
  /** Undefined: the parameter is left out, and the provider decides. */
  readonly scopes: readonly string[] | undefined;
  readonly source: "given" | "configured" | "challenge" | "discovered" | "none";
  /** Whether a login may be tried again without them: nobody on this side asked for them. */
  readonly mayBeDropped: boolean;
}

/**
 * Chooses the scopes of a login. Scopes that the server told of get `offline_access` added where the authorization server
 * lists it, because a login without a refresh token has to be repeated every hour; scopes that a person chose are left alone.
 */
export function chooseScopes(wishes: ScopeWishes): ChosenScopes {
  if (wishes.given !== undefined) return chosen(wishes.given, "given");
  if (wishes.configured !== undefined) return chosen(wishes.configured, "configured");
  const challenge = withOfflineAccess(wishes.challenge, wishes.offered);
  if (challenge !== undefined) return chosen(challenge, "challenge");
  const discovered = withOfflineAccess(wishes.discovered, wishes.offered);
  if (discovered !== undefined) return chosen(discovered, "discovered");
  return { scopes: undefined, source: "none", mayBeDropped: false };
}

/** Splits a `scope` parameter; undefined where it holds none. */
export function splitScopes(text: string | undefined): readonly string[] | undefined {
  const scopes = [...new Set(text?.split(/[ \t\r\n]+/).filter((scope) => scope !== ""))];
  return scopes.length === 0 ? undefined : scopes;
}

function chosen(scopes: readonly string[], source: "given" | "configured" | "challenge" | "discovered") {
  return {
    scopes: scopes.length === 0 ? undefined : [...new Set(scopes)],
    source,
    mayBeDropped: source === "challenge" || source === "discovered",
  };
}

function withOfflineAccess(
  scopes: readonly string[] | undefined,
  offered: readonly string[] | undefined,
): readonly string[] | undefined {
  if (scopes === undefined || scopes.length === 0) return undefined;
  const isOffered = offered?.includes("offline_access") === true;
  return isOffered ? [...scopes, "offline_access"] : scopes;
}
