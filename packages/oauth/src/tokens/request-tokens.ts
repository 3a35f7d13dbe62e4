import { type FairleadError, type Fetch, isFairleadError, toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { type ClientIdentity, type ConfiguredProof, clientOfLogin } from "../login/client-identity.js";
import { hasProof, proveClient } from "../login/client-proof.js";
import { parseRetryAfterMs } from "./back-off.js";
import { type GrantedTokens, readTokenAnswer } from "./token-answer.js";

/** How an attempt to renew a login ended. */
export type RenewalOutcome =
  | { readonly kind: "granted"; readonly tokens: GrantedTokens }
  /** The server said no, to the refresh token or to the client that sent it. */
  | { readonly kind: "refused"; readonly error: string; readonly isClientRefused: boolean }
  /** Nothing was sent: what the client proves itself with is missing. `error`: where, if the configuration tells. */
  | { readonly kind: "unproven"; readonly error?: FairleadError }
  /** It may work later. `error`: what was in the way, without secrets. */
  | { readonly kind: "passing"; readonly error: FairleadError | string; readonly retryAfterMs?: number };

/** What a refresh needs beside the credential. */
export interface RefreshOptions {
  readonly fetch: Fetch;
  /** Of a client that is configured; one that was registered has it in the credential. */
  readonly clientSecret?: ConfiguredProof["clientSecret"];
  readonly now: () => number;
  /** Milliseconds for the whole exchange. */
  readonly limitMs: number;
}

/** More than any token; what is longer is no answer. */
const maxAnswerBytes = 1_048_576;

/** Errors of the protocol that end a refresh token for good. */
const finalErrors: ReadonlySet<string> = new Set([
  "invalid_grant",
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "access_denied",
  "invalid_token",
  // What was allowed or asked for at the login does not do any more: only a new login changes that.
  "invalid_scope",
  "invalid_target",
  "interaction_required",
  "login_required",
  "consent_required",
  "account_selection_required",
  // GitHub's name for invalid_grant; it comes with a status of 200.
  "bad_refresh_token",
]);

/** Those that are about the client, which may be mended by configuring it right. */
const clientErrors: ReadonlySet<string> = new Set(["invalid_client", "unauthorized_client"]);

/**
 * Sends a refresh token once. It never throws, and nothing but its own time limit ends it: an answer that nobody waits for
 * any more may carry the only valid token there is.
 */
export async function requestTokens(
  credential: OAuthCredential,
  refreshToken: string,
  options: RefreshOptions,
): Promise<RenewalOutcome> {
  const { fetch, now, limitMs } = options;
  let client: ClientIdentity;
  try {
    client = clientOfLogin(credential, { clientSecret: options.clientSecret });
  } catch (error) {
    return { kind: "unproven", error: toFairleadError(error) };
  }
  // Refused for a secret that only this process lacks, the token would seem refused to all.
  if (!hasProof(client)) return { kind: "unproven" };
  const sentAtMs = now();
  const signal = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(credential.tokenEndpoint, {
      method: "POST",
      redirect: "manual",
      ...(await formOf(credential, refreshToken, client)),
      signal,
      policy: { deadlineMs: limitMs, maxResponseBytes: maxAnswerBytes },
    });
    const body = await response.text();
    return judge(response, body, { sentAtMs, nowMs: now() });
  } catch (error) {
    const why = signal.aborted ? `did not answer within ${limitMs} ms` : describe(error);
    return { kind: "passing", error: why };
  }
}

function judge(
  response: Response,
  body: string,
  { sentAtMs, nowMs }: { readonly sentAtMs: number; readonly nowMs: number },
): RenewalOutcome {
  const { status } = response;
  const answer = readTokenAnswer(body, sentAtMs);
  if (response.ok && answer.kind === "granted") return answer;
  const isBusy = status >= 500 || status === 429 || status === 408;
  if (!isBusy && answer.kind === "error" && finalErrors.has(answer.error)) {
    return { kind: "refused", error: answer.error, isClientRefused: clientErrors.has(answer.error) };
  }
  const said = answer.kind === "error" && /^[\w.-]{1,64}$/.test(answer.error) ? ` (${answer.error})` : "";
  const what = response.ok && answer.kind === "unreadable" ? "something that is no token" : `HTTP ${status}`;
  const retryAfterMs = parseRetryAfterMs(response.headers.get("retry-after"), nowMs);
  return {
    kind: "passing",
    error: `answered with ${what}${said}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

async function formOf(
  { issuer, resource }: OAuthCredential,
  refreshToken: string,
  client: ClientIdentity,
): Promise<{ readonly body: string; readonly headers: Record<string, string> }> {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
  if (resource !== undefined) form.set("resource", resource);
  const headers = {
    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    accept: "application/json",
    ...(await proveClient(form, client, issuer)),
  };
  return { body: form.toString(), headers };
}

function describe(error: unknown): FairleadError | string {
  if (isFairleadError(error)) return error;
  const told = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `cannot be reached: ${toFairleadError(told).message.replace(/^Unexpected failure: /, "")}`;
}
