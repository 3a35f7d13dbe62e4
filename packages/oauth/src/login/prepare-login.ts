import type { FairleadError } from "@fairlead/core";
import { type AuthorizationDiscovery, discoverAuthorization } from "../discovery/discover-authorization.js";
import { probeChallenge } from "../discovery/probe-challenge.js";
import { chooseResource } from "./choose-resource.js";
import { type ChosenScopes, chooseScopes } from "./choose-scopes.js";
import type { LoginTarget } from "./login-options.js";
import { providerCodeOf } from "./provider-error.js";

/** What is to be known before somebody can be asked for anything. */
export interface PreparedLogin {
  readonly discovery: AuthorizationDiscovery;
  readonly scopes: ChosenScopes;
  readonly resource: string | undefined;
}

/** Finds out where to log in, and what to ask for. Throws as {@link discoverAuthorization} does. */
export async function prepareLogin(target: LoginTarget): Promise<PreparedLogin> {
  const { serverUrl, fetch, signal } = target;
  const challenge = target.challenge ?? (await probeChallenge({ serverUrl, fetch, signal }));
  const discovery = await discoverAuthorization({
    serverUrl,
    fetch,
    challenge,
    configuredResource: target.resource === false ? undefined : target.resource,
    preferredIssuer: target.preferredIssuer,
    signal,
  });
  const scopes = chooseScopes({
    given: target.scopes,
    configured: target.configuredScopes,
    challenge: challenge?.scopes,
    discovered: discovery.scopesSupported,
    offered: discovery.server.scopesSupported,
  });
  const resource = chooseResource({
    configured: target.resource,
    advertised: discovery.resource,
    serverUrl,
    isWanted: discovery.source === "resource_metadata",
  });
  return { discovery, scopes, resource };
}

/** Words that providers have for scopes they do not like, beside those that say so. */
const mayBeAboutScopes: ReadonlySet<string> = new Set(["invalid_request", "invalid_client_metadata"]);

/** Whether a failed login is worth one more attempt without scopes. */
export function isWorthRetryWithoutScopes(
  error: FairleadError,
  facts: { readonly scopes: ChosenScopes; readonly isAllowed: boolean | undefined },
): boolean {
  const code = providerCodeOf(error);
  if (facts.isAllowed === false || !facts.scopes.mayBeDropped || code === undefined) return false;
  return code.includes("scope") || mayBeAboutScopes.has(code);
}
