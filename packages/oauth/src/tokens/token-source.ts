import { canceledError, type Fetch, isFairleadError, settlesWithinMs, untilAborted } from "@fairlead/core";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { CredentialStore } from "../store-port.js";
import { createBackOff } from "./back-off.js";
import { isExpired, isNearlyExpired } from "./expiry.js";
import { obtainFirstLogin } from "./first-login.js";
import { createKeptLogin } from "./kept-login.js";
import {
  failedJustNow,
  isForSomebody,
  type Renewal,
  type RenewalContext,
  renewLogin,
} from "./renew-login.js";
import { createStepUpMemory, type StepUp } from "./step-up.js";
import { reauthenticationRequiredError, refreshFailedError } from "./token-errors.js";

/** What a request is signed with. */
export interface BearerToken {
  readonly accessToken: string;
  /** `Bearer`, unless the authorization server named another. */
  readonly tokenType: string;
}

/** What happened to the login of a server: it was renewed here, replaced by somebody else, refused for good, or removed. */
export type TokenChange = "renewed" | "replaced" | "refused" | "removed";

/** Whose tokens, and what they are kept and renewed with. */
export interface TokenSourceOptions {
  readonly store: CredentialStore;
  /** The server as it is reached. With an issuer only the login by that one counts. @default the latest of the server */
  readonly server: Pick<CredentialKey, "executor" | "serverUrl"> & { readonly issuer?: string | undefined };
  /** For messages. */
  readonly serverName: string;
  /** From where the server itself is reached: token requests leave from there too. */
  readonly fetch: Fetch;
  /** The secret of a configured client, or what reads it, which throws where it is missing: then nothing is renewed. */
  readonly clientSecret?: string | (() => string | undefined) | undefined;
  /** Logs a machine in without a person: for the first time, and once its login cannot be renewed. @default nobody does */
  readonly obtain?: (() => Promise<OAuthCredential>) | undefined;
  /** Told what a person should know and nobody fails for. */
  readonly warn: (text: string) => void;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Milliseconds for one renewal. @default 45,000: some servers ask another one first */
  readonly refreshLimitMs?: number | undefined;
}

/**
 * The tokens of one server, for whoever sends requests: it renews what runs out, so that of many processes one does, and
 * never logs anybody in. Disposing waits for a renewal under way, because its answer may be the only valid token.
 */
export interface TokenSource extends AsyncDisposable {
  /**
   * What to sign the next request with; undefined: nobody has logged in.
   * @param signal ends the waiting, never the renewal
   * @throws FairleadError `unauthenticated` `reauthentication_required` if only a person can help; `unavailable`
   * `refresh_failed` or `credentials_unavailable` if that may pass; the signal's reason
   */
  token(signal?: AbortSignal): Promise<BearerToken | undefined>;
  /**
   * Told that the server refused an access token with 401. @returns another one to try: one that somebody else wrote, or a
   * renewed one; undefined: nobody is logged in any more
   * @throws FairleadError as {@link token}; `reauthentication_required` also if a token is refused that was just renewed
   */
  refused(accessToken: string, signal?: AbortSignal): Promise<BearerToken | undefined>;
  /** Told that an access token was refused with 403 insufficient_scope. @param required the scopes that the server named */
  stepUp(required: readonly string[], accessToken: string): Promise<StepUp>;
  /** Whether somebody has to log in for the first time, or once more, should the server refuse. @throws as {@link token} */
  missing(): Promise<"login_required" | "reauthentication_required">;
  /** What was granted; undefined: nobody knows. */
  scopes(): Promise<readonly string[] | undefined>;
  /**
   * Forgets what was read, so that the next request sees what another process did, and tries anew what somebody may have
   * mended since it was refused.
   */
  forget(): void;
  /** Told every change that this process notices. @returns stops that */
  onChanged(listener: (change: TokenChange) => void): () => void;
}

/** Milliseconds for which a login is not read again: a burst of requests should not read the store each time. */
const freshReadMs = 5_000;
/** Milliseconds in which a second refusal is not met with a second renewal: the token is not what the server dislikes. */
const refusalPauseMs = 30_000;
/** Milliseconds that a request waits for a renewal while its token still lives; the renewal goes on. */
const patienceMs = 5_000;

/** Makes the tokens of one server. Nothing is read before the first question. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { store, serverName, warn, now = Date.now } = options;
  const kept = createKeptLogin({ store, server: options.server, serverName, now, warn });
  const listeners = new Set<(change: TokenChange) => void>();
  const stepUps = createStepUpMemory();
  const context: RenewalContext = {
    store,
    kept,
    backOff: createBackOff(),
    refresh: {
      fetch: options.fetch,
      clientSecret: options.clientSecret,
      now,
      limitMs: options.refreshLimitMs ?? 45_000,
    },
    refusedHashes: new Set(),
    refusal: { error: undefined },
    obtain: options.obtain,
    warn,
  };
  let seen: { readonly credential: OAuthCredential; readonly atMs: number } | undefined;
  let underWay: Promise<Renewal> | undefined;
  let obtaining: Promise<OAuthCredential> | undefined;
  let refusalRenewedAtMs = Number.NEGATIVE_INFINITY;

  const tell = (change: TokenChange): void => {
    for (const listener of listeners) listener(change);
  };

  const see = (credential: OAuthCredential | undefined, change?: TokenChange): void => {
    const before = seen?.credential.accessToken;
    seen = credential === undefined ? undefined : { credential, atMs: now() };
    if (change !== undefined) tell(change);
    else if (before !== undefined && before !== credential?.accessToken) {
      tell(credential === undefined ? "removed" : "replaced");
    }
  };

  const look = async (): Promise<OAuthCredential | undefined> => {
    try {
      see(await kept.find());
    } catch (error) {
      // A store that cannot be asked now takes nothing away from what it said before.
      if (seen === undefined || isExpired(seen.credential, now())) throw error;
    }
    return seen?.credential;
  };

  const current = async (): Promise<OAuthCredential | undefined> => {
    const ageMs = seen === undefined ? Number.NaN : now() - seen.atMs;
    return ageMs >= 0 && ageMs < freshReadMs ? seen?.credential : look();
  };

  const renew = (known: OAuthCredential, refusedToken?: string): Promise<Renewal> => {
    underWay ??= renewLogin(context, { known, refusedToken }).then((renewal) => {
      underWay = undefined;
      if (renewal.kind === "usable")
        see(renewal.credential, renewal.how === "renewed" ? "renewed" : undefined);
      else if (renewal.kind === "gone") see(undefined);
      else if (renewal.kind === "over") see(renewal.credential, renewal.isNews ? "refused" : undefined);
      return renewal;
    });
    return underWay;
  };

  /** @param fallback an access token that still lives, if there is one */
  const settle = (renewal: Renewal, fallback: OAuthCredential | undefined): BearerToken | undefined => {
    if (renewal.kind === "usable") return toBearer(renewal.credential);
    if (renewal.kind === "gone") return undefined;
    if (fallback !== undefined && !isExpired(fallback, now())) return toBearer(fallback);
    if (renewal.kind === "over" && renewal.error !== undefined) throw renewal.error;
    if (renewal.kind === "over") throw reauthenticationRequiredError(serverName, renewal.why);
    const { why, retryAfterMs } = renewal;
    if (isFairleadError(why) && why.reason === "credentials_unavailable") throw why;
    throw refreshFailedError({ serverName, why, retryAfterMs });
  };

  const first = async (): Promise<OAuthCredential | undefined> => {
    const { obtain } = options;
    if (obtain === undefined) return undefined;
    const retryAfterMs = context.backOff.waitMs(now());
    if (retryAfterMs > 0) {
      throw context.refusal.error ?? refreshFailedError({ serverName, why: failedJustNow, retryAfterMs });
    }
    const parts = { store, server: options.server, serverName, find: () => kept.find(), obtain, warn };
    obtaining ??= obtainFirstLogin(parts)
      .then(
        (credential) => {
          context.backOff.succeeded();
          context.refusal.error = undefined;
          see(credential, "renewed");
          return credential;
        },
        (error: unknown) => {
          context.backOff.failed(now());
          context.refusal.error = isFairleadError(error) && isForSomebody(error) ? error : undefined;
          throw error;
        },
      )
      .finally(() => {
        obtaining = undefined;
      });
    return obtaining;
  };

  const wait = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
    untilAborted(work, signal, `The login to server '${serverName}'`);

  const token = async (): Promise<BearerToken | undefined> => {
    const credential = (await current()) ?? (await first());
    if (credential === undefined) return undefined;
    if (!isNearlyExpired(credential, now())) return toBearer(credential);
    const renewal = renew(credential);
    const isAlive = !isExpired(credential, now());
    if (isAlive && !(await settlesWithinMs(renewal, patienceMs))) return settle(slow, credential);
    return settle(await renewal, credential);
  };

  const refused = async (accessToken: string): Promise<BearerToken | undefined> => {
    await underWay;
    const credential = await look();
    if (credential === undefined) return undefined;
    if (credential.accessToken !== accessToken && !isExpired(credential, now())) return toBearer(credential);
    const sinceMs = now() - refusalRenewedAtMs;
    if (sinceMs >= 0 && sinceMs < refusalPauseMs) {
      throw reauthenticationRequiredError(
        serverName,
        "the server refuses even a token that was just renewed",
      );
    }
    const renewal = await renew(credential, accessToken);
    if (renewal.kind === "usable" && renewal.credential.accessToken === accessToken) {
      // A renewal for another reason came first, and gave nothing newer.
      throw reauthenticationRequiredError(serverName, "the server refuses a token that is not old");
    }
    if (renewal.kind === "usable" && renewal.how === "renewed") refusalRenewedAtMs = now();
    return settle(renewal, undefined);
  };

  return {
    token: (signal) => {
      if (signal?.aborted === true) {
        return Promise.reject(canceledError(signal, `The login to server '${serverName}'`));
      }
      return wait(token(), signal);
    },
    refused: (accessToken, signal) => wait(refused(accessToken), signal),
    stepUp: async (required, accessToken) => {
      const credential = await look();
      if (credential !== undefined && credential.accessToken !== accessToken) {
        return { kind: "granted", accessToken: credential.accessToken };
      }
      return stepUps.ask(credential?.scopes, required);
    },
    missing: async () => ((await look()) === undefined ? "login_required" : "reauthentication_required"),
    scopes: async () => (await current())?.scopes,
    forget: () => {
      seen = undefined;
      if (context.refusal.error === undefined) return;
      context.refusal.error = undefined;
      context.backOff.succeeded();
    },
    onChanged: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      await underWay;
      await obtaining?.catch(() => undefined);
      listeners.clear();
      await kept[Symbol.asyncDispose]();
    },
  };
}

const slow: Renewal = { kind: "passing", why: "is slow", retryAfterMs: 0 };

function toBearer({ accessToken, tokenType }: OAuthCredential): BearerToken {
  return { accessToken, tokenType: /^bearer$/i.test(tokenType) ? "Bearer" : tokenType };
}
