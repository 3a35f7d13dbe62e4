import {
  type BearerValidator,
  type BearerValidatorOptions,
  createBearerValidator,
} from "../bearer-validator.js";
import { goodClaims, nowMs, type TokenIssuer } from "./token-issuer.js";

/** Milliseconds since the epoch, moved by the test. */
export interface Clock {
  ms: number;
}

/** Makes a validator of an issuer for the gateway of the tests, at their time. */
export function validatorOf(
  issuer: TokenIssuer,
  more: Partial<BearerValidatorOptions> = {},
  clock: Clock = { ms: nowMs },
): BearerValidator {
  return createBearerValidator({
    issuer: issuer.issuer,
    audiences: [goodClaims.aud],
    fetch: issuer.fetch,
    now: () => clock.ms,
    ...more,
  });
}

/** The verdict on a token with {@link goodClaims}. */
export const accepted = {
  kind: "accepted",
  bearer: {
    issuer: goodClaims.iss,
    subject: "person",
    clientId: "client",
    scopes: ["read", "write"],
    expiresAtMs: nowMs + 60_000,
  },
};
