/** What a bearer token is worth here. `why` and what is refused are for logs; they hold nothing of the token. */
export type BearerVerdict =
  | { readonly kind: "accepted"; readonly bearer: AcceptedBearer }
  | { readonly kind: "invalid"; readonly why: string }
  /** It is good, but for less. `scopes`: all that are needed. */
  | { readonly kind: "insufficient"; readonly scopes: readonly string[] }
  /** Its issuer cannot be asked now. */
  | { readonly kind: "unavailable"; readonly why: string }
  /** Its issuer refuses to be asked by us, which only whoever runs us can mend. */
  | { readonly kind: "misconfigured"; readonly why: string };

/** Who sent a token, as far as its issuer says. */
export interface AcceptedBearer {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number | undefined;
}

/** What a token must say. */
export interface ClaimRules {
  readonly issuer: string;
  /** One of them must be in its audience. */
  readonly audiences: readonly string[];
  readonly requiredScopes: readonly string[];
  /** Milliseconds by which clocks may differ. */
  readonly clockSkewMs: number;
  readonly nowMs: number;
  /** Whether `iss` and `exp` must be there: of a token that speaks for itself, not of an answer of its issuer. */
  readonly isSelfContained: boolean;
  /** Whether its header says that it is an access token (RFC 9068 2.1). */
  readonly isAccessType: boolean;
}

/** Judges what is said about a token, after somebody made sure who says it. */
export function judgeClaims(claims: Readonly<Record<string, unknown>>, rules: ClaimRules): BearerVerdict {
  const { issuer, audiences, requiredScopes, clockSkewMs, nowMs, isSelfContained } = rules;
  const { iss, aud, exp, nbf, sub, client_id: clientId, azp } = claims;
  if (isForSomethingElse(claims, rules.isAccessType)) return invalid("it is no access token");
  if (iss === undefined ? isSelfContained : iss !== issuer) return invalid("it is of another issuer");
  if (!listOf(aud).some((audience) => audiences.includes(audience)))
    return invalid("it is for somebody else");
  const expiresAtMs = typeof exp === "number" && Number.isFinite(exp) ? exp * 1_000 : undefined;
  if (expiresAtMs === undefined && (isSelfContained || exp !== undefined)) return invalid("it has no end");
  if (expiresAtMs !== undefined && nowMs - clockSkewMs >= expiresAtMs) return invalid("it has expired");
  if (nbf !== undefined && !(typeof nbf === "number" && nbf * 1_000 - clockSkewMs <= nowMs)) {
    return invalid("it is not valid yet");
  }
  // Whoever has such a token must also prove that it is theirs, which a bearer does not.
  if (claims["cnf"] !== undefined) return invalid("it is bound to a key");
  const scopes = scopesOf(claims);
  if (!requiredScopes.every((scope) => scopes.includes(scope))) {
    return { kind: "insufficient", scopes: requiredScopes };
  }
  return {
    kind: "accepted",
    bearer: { issuer, subject: textOf(sub), clientId: textOf(clientId) ?? textOf(azp), scopes, expiresAtMs },
  };
}

/** What only ID tokens say (OpenID Connect Core 2 and 3.3.2.11): they tell a client who logged in, and let nobody in. */
const idTokenClaims = ["nonce", "at_hash", "c_hash"] as const;
/** Where issuers name the kind of a token in words of their own, as Keycloak, Cognito and Hydra do. */
const kindClaims = ["typ", "token_use", "token_type"] as const;
const otherKinds: ReadonlySet<unknown> = new Set([
  "id",
  "id_token",
  "refresh",
  "refresh_token",
  "offline",
  "logout",
]);

/**
 * Tells a token of the same issuer that was made for another use, such as an ID token or a refresh token. One that is called
 * an access token may say what ID tokens say: before version 24 Keycloak put a nonce into all that it made.
 */
function isForSomethingElse(claims: Readonly<Record<string, unknown>>, isAccessType: boolean): boolean {
  const isCalledAccess = isAccessType || textOf(claims["typ"])?.toLowerCase() === "bearer";
  if (!isCalledAccess && idTokenClaims.some((name) => claims[name] !== undefined)) return true;
  return kindClaims.some((name) => otherKinds.has(textOf(claims[name])?.toLowerCase()));
}

function invalid(why: string): BearerVerdict {
  return { kind: "invalid", why };
}

function listOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((item) => typeof item === "string");
}

/** `scope` is the standard's; some issuers have `scp`, as a text or a list. */
function scopesOf({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = listOf(scope ?? scp);
  return [...new Set(texts.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ""))];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
