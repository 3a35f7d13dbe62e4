import { setTimeout as delay } from "node:timers/promises";
import { canceledError, FairleadError, toFairleadError } from "@fairlead/core";
import type { GrantedTokens } from "./granted-tokens.js";
import { providerCodeOf } from "./provider-error.js";
import { requestGrant, type TokenRequest } from "./token-request.js";

/** A code that a person types in elsewhere. */
export interface DeviceGrant {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUrl: string;
  /** With the code in it, for programs that can show it as a link or a picture. */
  readonly completeUrl: string | undefined;
  /** Milliseconds from now. */
  readonly lifetimeMs: number;
  /** Milliseconds between two questions. */
  readonly intervalMs: number;
}

/** Waits so many milliseconds, or rejects when the signal fires. */
export type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;

/** The longest that anybody waits for somebody to type a code. */
const maxLifetimeMs = 1_800_000;
/** A second at least: a server that says less would be asked without a pause. */
const minIntervalMs = 1_000;
const slowDownMs = 5_000;
const maxIntervalMs = 60_000;

/**
 * Asks for the tokens until somebody has typed in the code. A failure that may pass slows it down (RFC 8628 3.5).
 * @param wait for tests that do not want to wait
 */
export async function pollForTokens(
  grant: DeviceGrant,
  request: TokenRequest,
  wait: Wait = waitMs,
): Promise<GrantedTokens> {
  const endsAtMs = Date.now() + Math.min(grant.lifetimeMs, maxLifetimeMs);
  let intervalMs = Math.min(Math.max(grant.intervalMs, minIntervalMs), maxIntervalMs);
  for (;;) {
    await wait(intervalMs, request.signal);
    try {
      return await requestGrant(request);
    } catch (error) {
      const failure = toFairleadError(error);
      if (request.signal?.aborted === true) throw failure;
      intervalMs = Math.min(nextInterval(intervalMs, failure), maxIntervalMs);
    }
    if (Date.now() >= endsAtMs) throw expired();
  }
}

/** @throws what ends the polling */
function nextInterval(intervalMs: number, failure: FairleadError): number {
  switch (providerCodeOf(failure)) {
    case "authorization_pending":
      return intervalMs;
    case "slow_down":
      return intervalMs + slowDownMs;
    case "expired_token":
      throw expired();
    case "access_denied":
      throw new FairleadError("forbidden", "The login was refused on the other device. Try again", {
        reason: "oauth_denied",
        cause: failure,
        details: { providerError: "access_denied" },
      });
    default:
      if (failure.code !== "unavailable" && failure.code !== "deadline_exceeded") throw failure;
      return intervalMs * 2;
  }
}

function expired(): FairleadError {
  return new FairleadError(
    "deadline_exceeded",
    "The code expired before it was entered on the other device. Try again",
    { effect: "none", details: { limit: "login" } },
  );
}

async function waitMs(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw canceledError(signal, "The login");
    throw error;
  }
}
