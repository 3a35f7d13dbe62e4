import type { ServerLoginConfig } from "@fairlead/config";
import {
  type CredentialKey,
  type CredentialStore,
  isSameIssuer,
  type OAuthCredential,
} from "@fairlead/oauth";

/**
 * Whether a kept login is one that the configuration of its server still means: by the issuer that it is pinned to, and by
 * the client whose secret is configured. What another one left behind must neither sign requests nor see the configured proof.
 */
export function fitsConfiguration(
  { issuer, clientId, refreshToken }: OAuthCredential,
  login: ServerLoginConfig,
): boolean {
  if (login.issuer !== undefined && !isSameIssuer(login.issuer, issuer)) return false;
  if (login.clientSecretVar !== undefined && clientId !== login.clientId) return false;
  return login.machine === undefined || (clientId === login.clientId && refreshToken === undefined);
}

/** A store as one server sees it: logins that do not fit its configuration are not there. */
export function fittingLogins(store: CredentialStore, login: ServerLoginConfig): CredentialStore {
  if (login.issuer === undefined && login.machine === undefined && login.clientSecretVar === undefined) {
    return store;
  }
  const fits = (credential: OAuthCredential): boolean => fitsConfiguration(credential, login);
  return {
    kind: store.kind,
    async read(key) {
      const answer = await store.read(key);
      return answer.kind === "found" && !fits(answer.value) ? { kind: "absent" } : answer;
    },
    async find(server) {
      const answer = await store.list();
      if (answer.kind !== "found") return answer;
      const latest = latestOf(answer.value.filter((one) => isOfPlace(one, server) && fits(one)));
      return latest === undefined ? { kind: "absent" } : { kind: "found", value: latest };
    },
    list: () => store.list(),
    write: (credential) => store.write(credential),
    remove: (key) => store.remove(key),
    checkWritable: () => store.checkWritable(),
    withLock: (key, work, signal) => store.withLock(key, work, signal),
  };
}

/** The login that was made or renewed last; undefined: there is none. */
export function latestOf(logins: readonly OAuthCredential[]): OAuthCredential | undefined {
  return logins.reduce<OAuthCredential | undefined>(
    (one, other) => (one !== undefined && one.savedAtMs > other.savedAtMs ? one : other),
    undefined,
  );
}

/** Whether a login is one of the server that is reached there. */
export function isOfPlace(
  { executor, serverUrl }: OAuthCredential,
  place: Pick<CredentialKey, "executor" | "serverUrl">,
): boolean {
  return executor === place.executor && serverUrl === place.serverUrl;
}
