import { type ErrorCode, type ErrorDetails, type FairleadError, toFairleadError } from "@fairlead/core";
import type { CheckId } from "./check-table.js";

/** What came of a check. `warning`: it works, but not as it should. `skipped`: an earlier link is broken. */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** What one check found. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  /** A few words for one line. */
  readonly summary: string;
  /** Facts for programs, and `message` for people where there is more to say than the summary. */
  readonly details?: ErrorDetails;
  /** Lines to paste into a shell; what is to be thought about stands behind `#`. */
  readonly remediation?: string | undefined;
  /** What kind of failure it is; decides over the exit code. */
  readonly code?: ErrorCode | undefined;
  /** Mends it, where that is safe. @returns what was done, in words */
  readonly fix?: (() => Promise<string>) | undefined;
}

/** One link that is looked at. */
export interface Check {
  readonly id: CheckId;
  /** The machine where the look is taken: `host`, or the name of an executor. */
  readonly machine: string;
  /** Without these it cannot be made; keys of {@link checkKey}. */
  readonly needs?: readonly string[];
  readonly run: () => CheckOutcome | Promise<CheckOutcome>;
}

/** Checks that belong together, made one after another. */
export interface CheckChain {
  readonly executor?: string;
  readonly server?: string;
  readonly checks: readonly Check[];
}

/** One check as it is told. */
export interface CheckResult {
  readonly id: CheckId;
  readonly status: CheckStatus;
  /** `host`, or the name of the executor on whose machine the look was taken. */
  readonly machine: string;
  readonly executor?: string;
  readonly server?: string;
  readonly summary: string;
  readonly details: ErrorDetails;
  readonly remediation: string | null;
  readonly durationMs: number;
  /** Only of one that failed. */
  readonly code?: ErrorCode;
  /** What `--fix` did about it. */
  readonly fixed?: string;
}

/** Names a check among all of a run. */
export function checkKey(chain: Pick<CheckChain, "executor" | "server">, id: CheckId): string {
  if (chain.server !== undefined) return `server ${chain.server}: ${id}`;
  return chain.executor === undefined ? id : `executor ${chain.executor}: ${id}`;
}

/** Makes the outcome of a link that holds. */
export function ok(summary: string, details?: ErrorDetails): CheckOutcome {
  return { status: "ok", summary, ...(details === undefined ? {} : { details }) };
}

/** What goes with a finding. */
export type FindingOptions = Omit<CheckOutcome, "status" | "summary">;

/** Makes the outcome of a link that holds, but not as it should. */
export function warning(summary: string, options: FindingOptions): CheckOutcome {
  return { status: "warning", summary, ...options };
}

/** Makes the outcome of a broken link. */
export function broken(
  summary: string,
  options: FindingOptions & { readonly code: ErrorCode },
): CheckOutcome {
  return { status: "failed", summary, ...options };
}

/** Makes the outcome of a link that an error shows to be broken. */
export function brokenBy(
  thrown: unknown,
  summary: string,
  options: Omit<FindingOptions, "code"> = {},
): CheckOutcome {
  const error = toFairleadError(thrown);
  const details = { ...errorDetails(error), ...options.details };
  return { status: "failed", summary, ...options, code: error.code, details };
}

/** Makes the outcome of a link that cannot be looked at. @param because the key of the link that is broken */
export function skipped(because: string): CheckOutcome {
  return { status: "skipped", summary: `not possible: ${because}`, details: { because } };
}

/** An error as the details of a check. */
function errorDetails(error: FairleadError): ErrorDetails {
  return {
    message: error.message,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...error.details,
  };
}
