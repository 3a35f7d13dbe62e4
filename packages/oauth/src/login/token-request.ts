import type { Fetch } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { withoutQuery } from "../discovery/url-rules.js";
import { withoutFragment } from "./choose-resource.js";
import type { ClientIdentity } from "./client-identity.js";
import { type GrantedTokens, toGrantedTokens } from "./granted-tokens.js";
import { postForm } from "./post-form.js";

/** A request for tokens, of any grant. */
export interface TokenRequest {
  readonly fetch: Fetch;
  readonly tokenEndpoint: string;
  /** The audience of a signed assertion. */
  readonly issuer: string;
  readonly client: ClientIdentity;
  /** `grant_type` and what belongs to it; undefined ones are left out. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** The parameters whose values no error may repeat. */
const secretParameters = ["code", "code_verifier", "refresh_token", "device_code", "client_secret"];

/**
 * Asks a token endpoint for tokens, at most 30 s.
 * @throws FairleadError as {@link toGrantedTokens} does, and what the request failed with
 */
export async function requestGrant(request: TokenRequest): Promise<GrantedTokens> {
  const { fetch, tokenEndpoint, issuer, client, parameters, signal } = request;
  const sentAtMs = Date.now();
  const answer = await postForm({ fetch, url: tokenEndpoint, client, issuer, parameters, signal });
  const secrets = secretParameters.map((name) => parameters[name] ?? "");
  return toGrantedTokens(answer, {
    tokenEndpoint: withoutQuery(tokenEndpoint),
    sentAtMs,
    secrets: [...secrets, client.clientSecret ?? ""],
  });
}

/** What a credential is made of beside its tokens. */
export interface CredentialFacts {
  readonly serverName: string;
  readonly serverUrl: string;
  readonly executor: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | undefined;
  readonly resource: string | undefined;
  readonly client: ClientIdentity;
  /** Whether the client was registered for this login, so that its secret is nowhere else. */
  readonly keepsSecret: boolean;
  /** What was asked for: a provider that grants just that may leave it out of its answer (RFC 6749 5.1). */
  readonly requestedScopes: readonly string[] | undefined;
}

/** Puts tokens and what is needed to renew them together. */
export function toCredential(tokens: GrantedTokens, facts: CredentialFacts): OAuthCredential {
  const { client, keepsSecret, requestedScopes, ...rest } = facts;
  return {
    ...rest,
    serverUrl: withoutFragment(facts.serverUrl),
    clientId: client.clientId,
    clientSecret: keepsSecret ? client.clientSecret : undefined,
    clientAuthentication: client.authentication,
    ...tokens,
    scopes: tokens.scopes ?? requestedScopes,
    savedAtMs: Date.now(),
  };
}
