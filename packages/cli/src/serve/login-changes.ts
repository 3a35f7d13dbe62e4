import type { HttpServerConfig } from "@fairlead/config";
import type { AuthChange } from "@fairlead/host";
import type { OAuthCredential } from "@fairlead/oauth";
import { credentialPlace } from "../auth/credential-place.js";
import { fitsConfiguration, isOfPlace, latestOf } from "../auth/fitting-logins.js";

/** Two looks at all the logins that there are. */
export interface LoginLooks {
  readonly before: readonly OAuthCredential[];
  readonly now: readonly OAuthCredential[];
}

/**
 * Tells what happened between two looks to the login that a server's configuration means; undefined if nothing, or if it was
 * only renewed.
 * @param isWaiting whether the server could not be started for want of a login; every newer one is then worth a try
 */
export function loginChange(
  server: Pick<HttpServerConfig, "executor" | "url" | "login">,
  { before, now }: LoginLooks,
  isWaiting: boolean,
): AuthChange | undefined {
  const former = loginOf(server, before);
  const latest = loginOf(server, now);
  if (latest === undefined) return former === undefined ? undefined : "logout";
  if (former === undefined || identityOf(former) !== identityOf(latest)) return "login";
  return isWaiting && former.savedAtMs !== latest.savedAtMs ? "login" : undefined;
}

function loginOf(
  server: Pick<HttpServerConfig, "executor" | "url" | "login">,
  logins: readonly OAuthCredential[],
): OAuthCredential | undefined {
  const place = credentialPlace(server);
  return latestOf(logins.filter((one) => isOfPlace(one, place) && fitsConfiguration(one, server.login)));
}

/** What only a new login changes. */
function identityOf({ issuer, clientId, scopes, loginId }: OAuthCredential): string {
  return JSON.stringify([issuer, clientId, scopes?.toSorted() ?? null, loginId ?? null]);
}
