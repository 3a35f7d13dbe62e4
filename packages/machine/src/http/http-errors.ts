import {
  type ErrorCode,
  type ErrorDetails,
  type ErrorReason,
  FairleadError,
  isFairleadError,
} from "@fairlead/core";
import { undiciLibrary } from "./undici-library.js";

/** A request that cannot be made as it is given. */
export function usageError(
  reason: "url_invalid" | "argument_invalid",
  message: string,
  details: ErrorDetails = {},
): FairleadError {
  return new FairleadError("usage", message, { reason, effect: "none", details });
}

/** A connection that did not come about; nothing was sent. */
export function notConnected(
  reason: "dns_failed" | "connect_failed" | "tls_failed" | "proxy_failed",
  message: string,
  told: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
): FairleadError {
  const details = { ...codeDetail(told.cause), ...told.details };
  return new FairleadError("unavailable", message, { cause: told.cause, reason, effect: "none", details });
}

/** What the peer did wrong, once a request was under way. */
export function exchangeError(
  [code, reason]: readonly [code: ErrorCode, reason: ErrorReason],
  message: string,
  told: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
): FairleadError {
  const details = { ...codeDetail(told.cause), ...told.details };
  return new FairleadError(code, message, { cause: told.cause, reason, effect: "unknown", details });
}

/** How far an exchange had come when it failed. */
export interface ExchangeProgress {
  /** The request, for people: method, origin and path. */
  readonly what: string;
  readonly phase: "head" | "body";
  /** Whether the peer ended the connection, as opposed to being cut off for what it sent. */
  readonly peerEnded: boolean;
}

/** Gives what undici or a socket failed with during an exchange as one of ours, by its class and code alone. */
export function toExchangeError(error: unknown, progress: ExchangeProgress): FairleadError {
  if (isFairleadError(error)) return error;
  const code = codeOf(error);
  if (
    error instanceof undiciLibrary().errors.InvalidArgumentError ||
    code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"
  ) {
    return new FairleadError(
      "usage",
      `${progress.what} cannot be sent as it is given: ${describe(error)}. Correct the request`,
      { cause: error, reason: "argument_invalid" },
    );
  }
  if (isMalformed(error, code, progress)) return malformed(error, code, progress.what);
  if (code?.startsWith("ERR_SSL_") === true || code === "EPROTO") {
    return exchangeError(
      ["unavailable", "tls_failed"],
      `The encrypted connection of ${progress.what} broke: ${describe(error)}. Check what the server demands, for example a client certificate`,
      { cause: error },
    );
  }
  // The parser has an error without a code for chunks that end too early.
  if (code !== undefined || error instanceof undiciLibrary().errors.HTTPParserError)
    return endedEarly(error, progress);
  return new FairleadError("internal", `${progress.what} failed unexpectedly: ${describe(error)}`, {
    cause: error,
  });
}

/** Tells whether the peer broke the connection off, so that a request without effects may be repeated elsewhere. */
export function isBrokenOff(error: unknown): boolean {
  return isFairleadError(error) && error.reason === "connection_reset";
}

/** The same failure, after something had been sent already: what that did is not known. */
export function withUnknownEffect<E>(error: E): E | FairleadError {
  if (!isFairleadError(error) || error.effect === "unknown") return error;
  const reason = error.reason === undefined ? {} : { reason: error.reason };
  return new FairleadError(error.code, error.message, { ...reason, cause: error, details: error.details });
}

/** The code of a system, TLS, parser or undici error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code === "" ? undefined : error.code;
}

/** An error in its own words. */
export function describe(error: unknown): string {
  return error instanceof Error && error.message !== ""
    ? error.message
    : (codeOf(error) ?? "unknown failure");
}

function codeDetail(cause: unknown): ErrorDetails {
  const code = codeOf(cause);
  return code === undefined || isFairleadError(cause) ? {} : { systemCode: code };
}

/**
 * What undici, and nobody else, ended the connection for. Where the peer had ended it before, the same errors say that the
 * answer was not whole.
 */
function isMalformed(error: unknown, code: string | undefined, { peerEnded }: ExchangeProgress): boolean {
  if (peerEnded) return false;
  return (
    error instanceof undiciLibrary().errors.HTTPParserError ||
    error instanceof undiciLibrary().errors.HeadersOverflowError ||
    error instanceof undiciLibrary().errors.ResponseContentLengthMismatchError ||
    // An answer that nobody asked for, or a switch of protocols.
    code === "UND_ERR_SOCKET"
  );
}

function malformed(error: unknown, code: string | undefined, what: string): FairleadError {
  const overflow = error instanceof undiciLibrary().errors.HeadersOverflowError;
  const message = overflow
    ? `The head of the answer to ${what} is larger than is accepted. Make the server send fewer or smaller headers`
    : `The answer to ${what} is not valid HTTP/1.1 (${code ?? "malformed"}). Check that the URL and its port belong to an HTTP server`;
  return exchangeError(["protocol", "response_invalid"], message, {
    cause: error,
    details: { problem: overflow ? "head_too_large" : "not_http" },
  });
}

function endedEarly(error: unknown, { what, phase }: ExchangeProgress): FairleadError {
  const where = phase === "head" ? "before it answered" : "before the answer was whole";
  return exchangeError(
    ["unavailable", "connection_reset"],
    `The server of ${what} broke the connection off ${where} (${codeOf(error) ?? "closed"}). Look into its log; whether it acted on the request is not known`,
    { cause: error, details: { phase } },
  );
}
