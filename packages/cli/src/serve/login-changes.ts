import type { HttpServerConfig } from "@fairlead/config";
import type { AuthChange } from "@fairlead/host";
import type { OAuthCredential } from "@fairlead/oauth";
import { credentialPlace } from "../auth/credential-place.js";

/** The latest login of each place, as far as it tells a new login from one that was only renewed. */
export type KnownLogins = ReadonlyMap<string, KnownLogin>;

interface KnownLogin {
  /** What only a new login changes. */
  readonly identity: string;
  readonly savedAtMs: number;
}

/** Notes which logins there are. */
export function toKnownLogins(credentials: readonly OAuthCredential[]): KnownLogins {
  const oldestFirst = credentials.toSorted((one, other) => one.savedAtMs - other.savedAtMs);
  return new Map(
    oldestFirst.map((credential) => {
      const { issuer, clientId, scopes, savedAtMs, executor, serverUrl } = credential;
      const identity = JSON.stringify([issuer, clientId, scopes?.toSorted() ?? null]);
      return [placeKey({ executor, serverUrl }), { identity, savedAtMs }];
    }),
  );
}

/**
 * Tells what happened to the login of a server between two looks; undefined if nothing, or if it was only renewed.
 * @param isWaiting whether the server could not be started for want of a login; every newer one is then worth a try
 */
export function loginChange(
  server: Pick<HttpServerConfig, "executor" | "url">,
  { before, now }: { readonly before: KnownLogins; readonly now: KnownLogins },
  isWaiting: boolean,
): AuthChange | undefined {
  const key = placeKey(credentialPlace(server));
  const former = before.get(key);
  const latest = now.get(key);
  if (latest === undefined) return former === undefined ? undefined : "logout";
  if (former === undefined || former.identity !== latest.identity) return "login";
  return isWaiting && former.savedAtMs !== latest.savedAtMs ? "login" : undefined;
}

function placeKey({ executor, serverUrl }: ReturnType<typeof credentialPlace>): string {
  return JSON.stringify([executor, serverUrl]);
}
