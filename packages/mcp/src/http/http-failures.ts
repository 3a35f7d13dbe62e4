import { type ErrorCode, type ErrorReason, FairleadError, isFairleadError } from "@fairlead/core";
import type { Refusal } from "./refusal.js";
import type { FailedAttempt } from "./retry-rules.js";

/**
 * Makes the error for an answer whose status says no.
 * @param what what was refused, for example `tools/call`
 */
export function statusError(name: string, what: string, refusal: Refusal): FairleadError {
  const { status, text, hasCredentials, retryAfterMs } = refusal;
  const said = text === "" ? "" : `: ${text}`;
  const isLogin = status === 401 && !hasCredentials;
  const message = `Server '${name}' answered ${what} with HTTP ${status}${statusHint(refusal)}${said}`;
  return new FairleadError(codeOfStatus(status), message, {
    reason: "http_status",
    // A server that asks who we are, or to come back, has done nothing.
    effect: status < 500 ? "none" : "unknown",
    details: {
      server: name,
      status,
      failure: isLogin ? "login_required" : "http_status",
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  return status >= 500 || status === 408 || status === 429 ? "unavailable" : "protocol";
}

function statusHint({ status, hasCredentials }: Refusal): string {
  if (status === 401) {
    return hasCredentials
      ? " (it does not accept the credentials that are configured)"
      : " (it wants credentials: name the variable that holds its token in bearer_token_env_var)";
  }
  if (status === 404 || status === 405) return " (check the path of its url)";
  return "";
}

/**
 * Makes the error for a session that ended and could not be replaced in time for this call.
 * @param more `cause`: what its replacement failed with
 */
export function sessionExpiredError(
  name: string,
  what: string,
  more: { readonly cause?: unknown; readonly effect: "none" | "unknown" },
): FairleadError {
  const { cause, effect } = more;
  const told = isFairleadError(cause) ? cause : undefined;
  const why = told === undefined ? "" : `, and no other could be opened: ${told.message}`;
  const text = `The session with server '${name}' expired before it answered ${what}${why}`;
  return new FairleadError(told?.code ?? "unavailable", text, {
    reason: "http_session_expired",
    effect,
    cause,
    details: { ...told?.details, server: name },
  });
}

/** Makes the error for a new session that refuses what its predecessor agreed to, and without which it must not be used. */
export function stateRefusedError(name: string, method: string, said: string): FairleadError {
  const text = `Server '${name}' refused ${method} in its new session: ${said}`;
  return new FairleadError("forbidden", text, {
    reason: "policy_denied",
    effect: "none",
    details: { server: name },
  });
}

/** Makes the error for an answer that stopped before it was one. */
export function noAnswerError(name: string, what: string, cause?: unknown): FairleadError {
  const how = cause === undefined ? "ended its answer to" : "broke off its answer to";
  const why = isFairleadError(cause) ? `: ${cause.message}` : "";
  const text = `Server '${name}' ${how} ${what} before it had answered${why}`;
  const told = isFairleadError(cause) ? cause : undefined;
  const options = { reason: told?.reason ?? "connection_reset", cause, details: { server: name } } as const;
  return new FairleadError(told?.code ?? "unavailable", text, options);
}

/** Makes the error for an answer that is HTTP, but nothing that this protocol knows. */
export function responseInvalidError(name: string, text: string): FairleadError {
  return new FairleadError("protocol", `Server '${name}' ${text}`, {
    reason: "response_invalid",
    details: { server: name },
  });
}

/** Names the server in whatever stopped a request; what is not ours is what a plain `fetch` throws. */
export function toHttpError(thrown: unknown, name: string): FairleadError {
  if (!isFairleadError(thrown)) {
    const isAbort = thrown instanceof Error && thrown.name === "AbortError";
    const told = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    const text = `Server '${name}' cannot be reached: ${told instanceof Error ? told.message : String(told)}`;
    if (isAbort) return new FairleadError("canceled", `A request to server '${name}' was cancelled`);
    return new FairleadError("unavailable", text, {
      reason: "connection_reset",
      cause: thrown,
      details: { server: name },
    });
  }
  if (thrown.message.includes(`'${name}'`)) return thrown;
  const { code, message, reason, effect, details } = thrown;
  return new FairleadError(code, `Server '${name}': ${message}`, {
    effect,
    cause: thrown,
    details: { server: name, ...details },
    ...(reason === undefined ? {} : { reason }),
  });
}

const withoutAnswer: ReadonlySet<ErrorReason | undefined> = new Set<ErrorReason | undefined>([
  "dns_failed",
  "connect_failed",
  "proxy_failed",
  "connection_reset",
  "executor_unreachable",
]);

/** Tells what an error that ended an attempt means for the next one. */
export function failedBy(error: FairleadError, hasReceived = false): FailedAttempt {
  const { status, retryAfterMs } = error.details;
  if (error.reason === "http_status" && typeof status === "number") {
    const afterMs = typeof retryAfterMs === "number" ? retryAfterMs : undefined;
    return { error, kind: "status", status, retryAfterMs: afterMs, hasReceived };
  }
  return { error, kind: withoutAnswer.has(error.reason) ? "no_answer" : "final", hasReceived };
}
