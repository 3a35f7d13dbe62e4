import { toFairleadError } from "@fairlead/core";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { CredentialStore } from "../store-port.js";

/** What the first login of a machine needs. */
export interface FirstLoginOptions {
  readonly store: CredentialStore;
  readonly server: Pick<CredentialKey, "executor" | "serverUrl">;
  readonly serverName: string;
  /** The latest login of the server, if somebody has made one by now. */
  readonly find: () => Promise<OAuthCredential | undefined>;
  /** Makes a login without a person. */
  readonly obtain: () => Promise<OAuthCredential>;
  readonly warn: (text: string) => void;
}

/** Milliseconds to wait for another process that does the same. */
const lockLimitMs = 60_000;

/**
 * Logs a machine in, of several processes one. A login that cannot be kept is used all the same, because another is cheap.
 * @throws whatever `obtain` does; FairleadError if the lock cannot be had
 */
export function obtainFirstLogin(options: FirstLoginOptions): Promise<OAuthCredential> {
  const { store, server, serverName, find, obtain, warn } = options;
  // Who issues is not known before; the empty issuer stands for whoever it will be.
  const key = { executor: server.executor, serverUrl: server.serverUrl, issuer: "" };
  const work = async (): Promise<OAuthCredential> => {
    const theirs = await find();
    if (theirs !== undefined) return theirs;
    const credential = await obtain();
    await store.write(credential).catch((error: unknown) => {
      warn(`The login to server '${serverName}' could not be kept: ${toFairleadError(error).message}`);
    });
    return credential;
  };
  return store.withLock(key, work, AbortSignal.timeout(lockLimitMs));
}
