import { FairleadError, isFairleadError, toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import type { CredentialStore } from "../store-port.js";
import type { BackOff } from "./back-off.js";
import { isExpired } from "./expiry.js";
import type { KeptLogin } from "./kept-login.js";
import { isRenewable, keyOf, refreshHash, renewedCredential } from "./renewed-credential.js";
import { type RefreshOptions, type RenewalOutcome, requestTokens } from "./request-tokens.js";

/** How it went. What is not `usable` may still have an access token that lives. */
export type Renewal =
  | { readonly kind: "usable"; readonly credential: OAuthCredential; readonly how: "adopted" | "renewed" }
  /** Somebody logged out. */
  | { readonly kind: "gone" }
  /** Only a person can help. `why`: a clause for people. */
  | {
      readonly kind: "over";
      readonly credential: OAuthCredential;
      readonly why: string;
      readonly isNews: boolean;
      /** What somebody has to mend instead of logging in: a machine's own attempt, or the configured secret of a client. */
      readonly error?: FairleadError;
    }
  /** It may work later. */
  | { readonly kind: "passing"; readonly why: FairleadError | string; readonly retryAfterMs: number };

/** What renewals of one login have in common. */
export interface RenewalContext {
  readonly store: CredentialStore;
  readonly kept: KeptLogin;
  readonly backOff: BackOff;
  readonly refresh: RefreshOptions;
  /** Hashes of refresh tokens that were refused here, should the store not have taken the mark. */
  readonly refusedHashes: Set<string>;
  /** Why a machine got no token the last time, if only somebody can mend it. */
  readonly refusal: { error: FairleadError | undefined };
  /** Gets a new login without a person, for machines that log in by themselves. */
  readonly obtain?: (() => Promise<OAuthCredential>) | undefined;
  readonly warn: (text: string) => void;
}

/** What is to be renewed. */
export interface RenewalTask {
  readonly known: OAuthCredential;
  /** The access token that the server refused, if that is why. */
  readonly refusedToken?: string | undefined;
}

/** Why nothing is tried while a back-off lasts; the end of a sentence about the authorization server. */
export const failedJustNow = "failed a moment ago";

/**
 * Milliseconds to wait for whoever renews already; a renewal has an end before.
 * The waiting itself is not cancelled by anybody else.
 */
const lockLimitMs = 60_000;

/**
 * Renews a login, one process at a time: takes the lock, looks whether somebody has done it already, else sends the refresh
 * token, and keeps the answer before anybody uses it. It never throws.
 */
export async function renewLogin(context: RenewalContext, task: RenewalTask): Promise<Renewal> {
  const signal = AbortSignal.timeout(lockLimitMs);
  try {
    return await context.store.withLock(keyOf(task.known), () => underLock(context, task), signal);
  } catch (error) {
    const why = signal.aborted && !isFairleadError(error) ? busyError() : toFairleadError(error);
    return passing(context, why);
  }
}

async function underLock(context: RenewalContext, task: RenewalTask): Promise<Renewal> {
  const { known, refusedToken } = task;
  const stored = await context.kept.read(keyOf(known));
  if (stored === undefined) return findMoved(context);
  if (stored.accessToken !== (refusedToken ?? known.accessToken) && !isDead(context, stored)) {
    return { kind: "usable", credential: stored, how: "adopted" };
  }
  return spend(context, { ...task, known: stored }, true);
}

/** Whoever renewed it while we waited may have put it in another place: its issuer may have another name now. */
async function findMoved(context: RenewalContext): Promise<Renewal> {
  const moved = await context.kept.find();
  return moved === undefined || isDead(context, moved)
    ? { kind: "gone" }
    : { kind: "usable", credential: moved, how: "adopted" };
}

/** @param mayRepeat whether another refresh token, that came up meanwhile, may be tried */
async function spend(context: RenewalContext, task: RenewalTask, mayRepeat: boolean): Promise<Renewal> {
  const { known: credential, refusedToken } = task;
  const { backOff, kept, refresh } = context;
  const { refreshToken } = credential;
  if (refreshToken === undefined || !isSpendable(context, credential)) {
    return context.obtain === undefined ? over(credential) : obtain(context, credential);
  }
  const waitMs = backOff.waitMs(refresh.now());
  if (waitMs > 0) return { kind: "passing", why: failedJustNow, retryAfterMs: waitMs };
  // What a rotating server gives must be kept, so the store is tried while there is still a choice.
  const hasChoice = refusedToken === undefined && !isDead(context, credential);
  if (hasChoice && !(await kept.takes(credential))) {
    return { kind: "passing", why: "was not asked: the store could not keep its answer", retryAfterMs: 0 };
  }
  const outcome = await requestTokens(credential, refreshToken, refresh);
  if (outcome.kind === "passing") return passing(context, outcome.error, outcome.retryAfterMs);
  if (outcome.kind === "unproven") return unproven(credential, outcome.error);
  if (outcome.kind === "refused") return refused(context, { credential, outcome, mayRepeat });
  backOff.succeeded();
  const renewed = renewedCredential(credential, outcome.tokens, refresh.now());
  const counts = await kept.replace(credential, renewed);
  if (counts === undefined) return { kind: "gone" };
  return { kind: "usable", credential: counts, how: counts === renewed ? "renewed" : "adopted" };
}

interface Refusal {
  readonly credential: OAuthCredential;
  readonly outcome: Extract<RenewalOutcome, { kind: "refused" }>;
  readonly mayRepeat: boolean;
}

async function refused(
  context: RenewalContext,
  { credential, outcome, mayRepeat }: Refusal,
): Promise<Renewal> {
  const { kept, refresh, refusedHashes, warn } = context;
  const stored = await kept.read(keyOf(credential));
  if (stored === undefined) return { kind: "gone" };
  if (stored.refreshToken !== credential.refreshToken || stored.accessToken !== credential.accessToken) {
    if (!isDead(context, stored)) return { kind: "usable", credential: stored, how: "adopted" };
    if (mayRepeat) return spend(context, { known: stored }, false);
    return passing(context, "was asked with a login that changed meanwhile");
  }
  if (outcome.isClientRefused && hasConfiguredProof(credential)) {
    context.backOff.failed(refresh.now());
    const why = `its authorization server does not accept the configured client (${outcome.error})`;
    return { kind: "over", credential, why, isNews: false };
  }
  const hash = refreshHash(credential.refreshToken ?? "");
  refusedHashes.add(hash);
  const marked = { ...credential, refusedRefreshHash: hash };
  await context.store.write(marked).catch((error: unknown) => {
    warn(`That a login is not valid any more could not be written down: ${toFairleadError(error).message}`);
  });
  return { ...over(marked), isNews: true };
}

/** A secret or key of the configuration can be put right there, after which the same refresh token works. */
function hasConfiguredProof({ clientAuthentication, clientSecret }: OAuthCredential): boolean {
  return clientAuthentication !== "none" && clientSecret === undefined;
}

function unproven(credential: OAuthCredential, error: FairleadError | undefined): Renewal {
  const why = "its client has to prove itself, and nothing is configured that does";
  return {
    kind: "over",
    credential,
    why: error?.message ?? why,
    isNews: false,
    ...(error === undefined ? {} : { error }),
  };
}

async function obtain(context: RenewalContext, credential: OAuthCredential): Promise<Renewal> {
  const { backOff, kept, refresh, refusal } = context;
  const waitMs = backOff.waitMs(refresh.now());
  const { error: latest } = refusal;
  if (waitMs > 0 && latest !== undefined) {
    return { kind: "over", credential, why: latest.message, isNews: false, error: latest };
  }
  if (waitMs > 0) return { kind: "passing", why: failedJustNow, retryAfterMs: waitMs };
  try {
    const fresh = await (context.obtain?.() ?? credential);
    backOff.succeeded();
    refusal.error = undefined;
    const counts = await kept.replace(credential, fresh);
    return counts === undefined
      ? { kind: "gone" }
      : { kind: "usable", credential: counts, how: counts === fresh ? "renewed" : "adopted" };
  } catch (error) {
    const why = toFairleadError(error);
    if (!isForSomebody(why)) return passing(context, why);
    backOff.failed(refresh.now());
    refusal.error = why;
    return { kind: "over", credential, why: why.message, isNews: false, error: why };
  }
}

/** Whether somebody has to put right a configuration, or a client, before it is worth another attempt. */
export function isForSomebody({ code }: FairleadError): boolean {
  return code === "unauthenticated" || code === "forbidden" || code === "usage";
}

function over(credential: OAuthCredential): Extract<Renewal, { kind: "over" }> {
  const why =
    credential.refreshToken === undefined
      ? "it came without anything to renew it with"
      : "its authorization server refused to renew it";
  return { kind: "over", credential, why, isNews: false };
}

function passing(context: RenewalContext, why: FairleadError | string, askedMs?: number): Renewal {
  const nowMs = context.refresh.now();
  context.backOff.failed(nowMs, askedMs);
  return { kind: "passing", why, retryAfterMs: context.backOff.waitMs(nowMs) };
}

function isSpendable({ refusedHashes }: RenewalContext, credential: OAuthCredential): boolean {
  return isRenewable(credential) && !refusedHashes.has(refreshHash(credential.refreshToken ?? ""));
}

function isDead({ refresh }: RenewalContext, credential: OAuthCredential): boolean {
  return isExpired(credential, refresh.now());
}

function busyError(): FairleadError {
  return new FairleadError("unavailable", "another process has been renewing it for too long", {
    effect: "none",
  });
}
