import { FairleadError } from "@fairlead/core";
import type { JsonAnswer } from "../discovery/json-request.js";
import { readTokenAnswer } from "../tokens/token-answer.js";
import { describeProviderError, type ProviderError, printable } from "./provider-error.js";

/** Tokens, as a provider gave them. */
export interface GrantedTokens {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly refreshToken: string | undefined;
  /** Undefined: the provider did not say. */
  readonly scopes: readonly string[] | undefined;
  /** Milliseconds since the epoch; undefined: unknown. */
  readonly expiresAtMs: number | undefined;
}

/** What is known about a request for tokens. */
export interface TokenRequestFacts {
  /** Where it went, for messages. */
  readonly tokenEndpoint: string;
  /** Milliseconds since the epoch, when it was sent: that is what `expires_in` is counted from. */
  readonly sentAtMs: number;
  /** Never to be repeated in an error. */
  readonly secrets: readonly string[];
}

/**
 * Reads what a token endpoint answered to a login.
 * @throws FairleadError `unauthenticated` `oauth_token_refused` (details: `providerError`, `status`), `unavailable`
 * `http_status` for 429 and 5xx, `protocol` `oauth_answer_invalid`
 */
export function toGrantedTokens({ status, text }: JsonAnswer, facts: TokenRequestFacts): GrantedTokens {
  const answer = readTokenAnswer(text, facts.sentAtMs);
  const refusal =
    answer.kind !== "error"
      ? undefined
      : {
          code: printable(answer.error, facts.secrets),
          description: answer.description && printable(answer.description, facts.secrets),
        };
  if ((status === 429 || status >= 500) && !isAboutGrant(refusal?.code)) throw transient(status, facts);
  if (refusal !== undefined) throw refused(refusal, status, facts);
  if (answer.kind !== "granted" || status < 200 || status > 299) {
    throw invalid(facts, `answered ${status} without a token`);
  }
  const { tokenType = "Bearer", ...tokens } = answer.tokens;
  if (["dpop", "mac", "pop"].includes(tokenType.toLowerCase())) {
    throw invalid(facts, `gave a token of type ${tokenType}, which MCP does not know`);
  }
  // Some providers put words of their own there; MCP sends every token as a bearer token.
  return { ...tokens, tokenType: "Bearer" };
}

/** What some providers say under a status that would mean "try again later". */
function isAboutGrant(code: string | undefined): boolean {
  return ["invalid_grant", "slow_down", "authorization_pending", "access_denied", "expired_token"].includes(
    code ?? "",
  );
}

function refused(refusal: ProviderError, status: number, facts: TokenRequestFacts): FairleadError {
  const isClient = refusal.code === "invalid_client" || refusal.code === "unauthorized_client";
  const advice = isClient ? "Correct the client's id, its secret, or how it is registered" : "Log in again";
  return new FairleadError(
    "unauthenticated",
    `${facts.tokenEndpoint} gave no token: ${describeProviderError(refusal)}. ${advice}`,
    { reason: "oauth_token_refused", details: { providerError: refusal.code, status } },
  );
}

function transient(status: number, facts: TokenRequestFacts): FairleadError {
  return new FairleadError("unavailable", `${facts.tokenEndpoint} answered ${status}; try again later`, {
    reason: "http_status",
    details: { status },
  });
}

function invalid(facts: TokenRequestFacts, problem: string): FairleadError {
  return new FairleadError(
    "protocol",
    `${facts.tokenEndpoint} ${problem}. Report it to the operator of the authorization server`,
    { reason: "oauth_answer_invalid" },
  );
}
