import { FairleadError, toFairleadError } from "@fairlead/core";
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
  /** Milliseconds to wait for another process that does the same. @default 60,000: longer than a login of a machine takes */
  readonly lockLimitMs?: number | undefined;
}

/**
 * Logs a machine in, of several processes one. A login that cannot be kept is used all the same, because another is cheap.
 * @throws whatever `obtain` does; FairleadError `unavailable` `refresh_failed` if another process keeps us waiting
 */
export async function obtainFirstLogin(options: FirstLoginOptions): Promise<OAuthCredential> {
  const { store, server, serverName, find, obtain, warn, lockLimitMs = 60_000 } = options;
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
  const signal = AbortSignal.timeout(lockLimitMs);
  try {
    return await store.withLock(key, work, signal);
  } catch (thrown) {
    throw thrown === signal.reason ? busyError(serverName, lockLimitMs) : thrown;
  }
}

function busyError(server: string, limitMs: number): FairleadError {
  return new FairleadError(
    "unavailable",
    `Another process has been logging this machine in to server '${server}' for more than ${limitMs} ms. Try again later`,
    { reason: "refresh_failed", effect: "none", details: { server, failure: "unreachable" } },
  );
}
