import { toFairleadError } from "@fairlead/core";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { CredentialStore, StoreAnswer } from "../store-port.js";
import { createBackOff } from "./back-off.js";
import { hasSameKey, hasSameTokens, keyOf } from "./renewed-credential.js";
import { credentialsUnavailableError } from "./token-errors.js";

/** A store whose failures cost nobody a renewed login: what cannot be kept there is kept here, and tried again. */
export interface KeptLogin extends AsyncDisposable {
  /** Whoever's login there is, the latest. @throws FairleadError `unavailable` `credentials_unavailable` */
  find(): Promise<OAuthCredential | undefined>;
  /** The login with this key, as {@link find}. */
  read(key: CredentialKey): Promise<OAuthCredential | undefined>;
  /**
   * Keeps what a login became, under its lock, in its place: also where its issuer has another name now. Somebody who
   * changed or removed it meanwhile has the last word.
   * @returns what counts now; undefined: it was removed
   */
  replace(before: OAuthCredential, after: OAuthCredential): Promise<OAuthCredential | undefined>;
  /** Tells whether the store takes a login now, by giving it the same again. Only under its lock. */
  takes(credential: OAuthCredential): Promise<boolean>;
  /** Whether there is a login that the store has not taken yet. */
  readonly isBehind: boolean;
}

/** What keeps logins, and whose. */
export interface KeptLoginOptions {
  readonly store: CredentialStore;
  readonly server: Pick<CredentialKey, "executor" | "serverUrl"> & { readonly issuer?: string | undefined };
  readonly serverName: string;
  readonly now: () => number;
  readonly warn: (text: string) => void;
}

interface Unsaved {
  /** What the store had when it failed. */
  readonly before: OAuthCredential;
  readonly after: OAuthCredential;
}

/** Makes one. Disposing tries a last time to save what is behind, and stops its timer. */
export function createKeptLogin(options: KeptLoginOptions): KeptLogin {
  const { store, server, serverName, now, warn } = options;
  const { issuer, ...place } = server;
  const backOff = createBackOff();
  let unsaved: Unsaved | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isWarned = false;
  let isClosed = false;

  const believe = (answer: StoreAnswer<OAuthCredential>): OAuthCredential | undefined => {
    if (answer.kind === "absent") {
      unsaved = undefined;
      return undefined;
    }
    if (answer.kind !== "found") {
      if (unsaved !== undefined) return unsaved.after;
      throw credentialsUnavailableError(serverName, answer.kind, answer.reason);
    }
    if (unsaved !== undefined && hasSameTokens(answer.value, unsaved.before)) return unsaved.after;
    unsaved = undefined;
    return answer.value;
  };

  const settleDown = (): void => {
    clearTimeout(timer);
    timer = undefined;
    unsaved = undefined;
    isWarned = false;
    backOff.succeeded();
  };

  const warnOnce = (why: string): void => {
    if (isWarned) return;
    isWarned = true;
    warn(
      `A renewed login to server '${serverName}' cannot be kept: ${why}. It works as long as this program runs, and saving it is tried again`,
    );
  };

  const fallBehind = (next: Unsaved, why: string): void => {
    unsaved = next;
    backOff.failed(now());
    warnOnce(why);
    clearTimeout(timer);
    if (isClosed) return;
    timer = setTimeout(() => void catchUp(), backOff.waitMs(now()));
    timer.unref();
  };

  /** Saves it unless somebody else changed it meanwhile. */
  const save = async (next: Unsaved): Promise<OAuthCredential | undefined> => {
    // Whatever goes wrong from here on, the only copy of the new tokens is in our hands.
    const answer = await store.read(keyOf(next.before)).catch(unanswered);
    if (answer.kind === "absent") {
      settleDown();
      return undefined;
    }
    if (answer.kind !== "found") {
      fallBehind(next, answer.reason);
      return next.after;
    }
    if (!hasSameTokens(answer.value, next.before)) {
      settleDown();
      return answer.value;
    }
    try {
      await store.write(next.after);
      if (!hasSameKey(next.before, next.after)) await store.remove(keyOf(next.before));
      settleDown();
    } catch (error) {
      fallBehind(next, toFairleadError(error).message);
    }
    return next.after;
  };

  const catchUp = async (): Promise<void> => {
    const late = unsaved;
    if (late === undefined) return;
    try {
      const signal = AbortSignal.timeout(catchUpLimitMs);
      await store.withLock(keyOf(late.before), async () => void (await save(unsaved ?? late)), signal);
    } catch (error) {
      if (unsaved !== undefined) fallBehind(unsaved, toFairleadError(error).message);
    }
  };

  return {
    find: async () =>
      believe(await (issuer === undefined ? store.find(place) : store.read({ ...place, issuer }))),
    read: async (key) => {
      // What the store has not taken yet is still where it was.
      const late = unsaved;
      const place = late !== undefined && hasSameKey(late.after, key) ? keyOf(late.before) : key;
      return believe(await store.read(place));
    },
    replace: (before, after) => {
      // The store is still where it was before the first failure.
      const base = unsaved !== undefined && hasSameTokens(unsaved.after, before) ? unsaved.before : before;
      return save({ before: base, after });
    },
    takes: async (credential) => {
      if (unsaved !== undefined) return false;
      try {
        await store.write(credential);
        return true;
      } catch (error) {
        warnOnce(toFairleadError(error).message);
        return false;
      }
    },
    get isBehind() {
      return unsaved !== undefined;
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      clearTimeout(timer);
      await catchUp();
    },
  };
}

function unanswered(error: unknown): { readonly kind: "unavailable"; readonly reason: string } {
  return { kind: "unavailable", reason: toFairleadError(error).message };
}

/** Milliseconds for the lock; whoever holds it may be renewing, which makes what is behind worthless. */
const catchUpLimitMs = 5_000;
