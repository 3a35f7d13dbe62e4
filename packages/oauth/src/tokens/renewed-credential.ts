import { createHash } from "node:crypto";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { GrantedTokens } from "./token-answer.js";

/** A login after a renewal: what the server did not repeat stays as it was. @param nowMs milliseconds since the epoch */
export function renewedCredential(
  credential: OAuthCredential,
  tokens: GrantedTokens,
  nowMs: number,
): OAuthCredential {
  const { refusedRefreshHash: _, ...kept } = credential;
  return {
    ...kept,
    accessToken: tokens.accessToken,
    // As at the login: whatever a provider calls it, MCP sends it as a bearer token.
    tokenType: "Bearer",
    refreshToken: tokens.refreshToken ?? credential.refreshToken,
    scopes: tokens.scopes ?? credential.scopes,
    expiresAtMs: tokens.expiresAtMs,
    savedAtMs: nowMs,
  };
}

/** The mark of a refresh token that was refused: its SHA-256, hex. */
export function refreshHash(refreshToken: string): string {
  return createHash("sha256").update(refreshToken).digest("hex");
}

/** Tells whether a login can be renewed by what it has: a refresh token that nobody has refused. */
export function isRenewable({ refreshToken, refusedRefreshHash }: OAuthCredential): boolean {
  return refreshToken !== undefined && refreshHash(refreshToken) !== refusedRefreshHash;
}

/** Tells whether two are the same login at the same stage. */
export function hasSameTokens(one: OAuthCredential, other: OAuthCredential): boolean {
  return one.accessToken === other.accessToken && one.refreshToken === other.refreshToken;
}

/** The key alone. */
export function keyOf({ executor, serverUrl, issuer }: CredentialKey): CredentialKey {
  return { executor, serverUrl, issuer };
}

/** Tells whether two are kept in the same place. */
export function hasSameKey(one: CredentialKey, other: CredentialKey): boolean {
  return one.executor === other.executor && one.serverUrl === other.serverUrl && one.issuer === other.issuer;
}
