import type { ErrorReason } from "./error-reasons.js";
import { type ErrorCode, errorTable } from "./error-table.js";

/** Facts about a failure that a program may read. Never a secret: they are printed, logged and sent to peers. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** What is known about a failed operation's effect: `none` only if it certainly did not happen. */
export type ErrorEffect = "none" | "unknown";

/** What may be told about a failure beside its code and message. */
export interface FairleadErrorOptions {
  /** What made it fail; always kept, so that a log can show the whole chain. */
  readonly cause?: unknown;
  readonly reason?: ErrorReason;
  /** @default "unknown", because claiming `none` wrongly makes a caller repeat what already happened */
  readonly effect?: ErrorEffect;
  readonly details?: ErrorDetails;
}

/** The one error class. Its message names the thing, what happened, and what to do about it. */
export class FairleadError extends Error {
  override readonly name = "FairleadError";
  readonly code: ErrorCode;
  readonly reason: ErrorReason | undefined;
  readonly effect: ErrorEffect;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: FairleadErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.effect = options.effect ?? "unknown";
    this.details = options.details ?? {};
  }

  /** The shape that `--json` prints and control methods send. The cause stays behind: it may hold anything. */
  toJSON(): { code: ErrorCode; message: string; details: ErrorDetails } {
    const reason = this.reason === undefined ? {} : { reason: this.reason };
    return { code: this.code, message: this.message, details: { ...reason, ...this.details } };
  }
}

/** Tells our own errors, also those of a second copy of this package, from everything else that can be thrown. */
export function isFairleadError(value: unknown): value is FairleadError {
  return (
    value instanceof FairleadError ||
    (value instanceof Error &&
      value.name === "FairleadError" &&
      "code" in value &&
      Object.hasOwn(errorTable, String(value.code)))
  );
}

/**
 * Gives anything that was thrown as one of ours. What is not ours becomes `internal`, with the original as its cause;
 * an abort becomes `canceled`. Where a clean-up failed too, the failure that it followed is told.
 */
export function toFairleadError(thrown: unknown): FairleadError {
  if (isFairleadError(thrown)) return thrown;
  // What `await using` throws where both the block and its end failed; Node 20 has no class for it.
  if (thrown instanceof Error && thrown.name === "SuppressedError" && "suppressed" in thrown) {
    return toFairleadError(thrown.suppressed);
  }
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new FairleadError("canceled", "The operation was cancelled", { cause: thrown });
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new FairleadError("internal", `Unexpected failure: ${text}`, { cause: thrown });
}

/** The error for an aborted signal: the signal's own reason where that is one of ours, else `canceled`. */
export function canceledError(signal: AbortSignal, what: string): FairleadError {
  if (isFairleadError(signal.reason)) return signal.reason;
  return new FairleadError("canceled", `${what} was cancelled`, { cause: signal.reason });
}
