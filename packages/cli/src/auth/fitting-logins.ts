import type { ServerLoginConfig } from "@fairlead/config";
import { type CredentialStore, isSameIssuer, type OAuthCredential, type StoreAnswer } from "@fairlead/oauth";

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
  const fitting = (answer: StoreAnswer<OAuthCredential>): StoreAnswer<OAuthCredential> =>
    answer.kind === "found" && !fitsConfiguration(answer.value, login) ? { kind: "absent" } : answer;
  return {
    kind: store.kind,
    read: async (key) => fitting(await store.read(key)),
    find: async (server) => fitting(await store.find(server)),
    list: () => store.list(),
    write: (credential) => store.write(credential),
    remove: (key) => store.remove(key),
    withLock: (key, work, signal) => store.withLock(key, work, signal),
  };
}
