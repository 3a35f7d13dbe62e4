import type { FairleadError } from "@fairlead/core";
import type { McpCall } from "../connection/types.js";

/** How often a call may be sent. */
export interface RetryRule {
  /** All of them, the first included. */
  readonly attempts: number;
  /** Whether a status that tells of a passing trouble lets it be sent again, not only the lack of any answer. */
  readonly onStatus: boolean;
  /** Whether only a call of which nothing at all was received is sent again. */
  readonly onlyUntouched: boolean;
}

/** An attempt that failed. */
export interface FailedAttempt {
  readonly error: FairleadError;
  /** `status`: refused with one; `no_answer`: none came; `final`: it would fail again, or must not be tried again. */
  readonly kind: "status" | "no_answer" | "final";
  /** The status, where there was one. */
  readonly status?: number | undefined;
  /** What the server said about trying again. */
  readonly retryAfterMs?: number | undefined;
  /** Whether a message came before it failed. */
  readonly hasReceived?: boolean | undefined;
}

const patient: RetryRule = { attempts: 3, onStatus: true, onlyUntouched: false };
const once: RetryRule = { attempts: 2, onStatus: false, onlyUntouched: false };
const never: RetryRule = { attempts: 1, onStatus: false, onlyUntouched: false };
const harmless: RetryRule = { attempts: 2, onStatus: false, onlyUntouched: true };

const ruleOfMethod: Partial<Record<string, RetryRule>> = {
  initialize: patient,
  "server/discover": patient,
  "tools/list": patient,
  "prompts/list": patient,
  "resources/list": patient,
  "resources/templates/list": patient,
  "resources/read": once,
  "prompts/get": once,
  "completion/complete": once,
};

/** Tells how often a call may be sent: as its caller says, else by its method. */
export function retryRule({ method, isRepeatable }: McpCall): RetryRule {
  if (isRepeatable === false) return never;
  return ruleOfMethod[method] ?? (isRepeatable === true ? harmless : never);
}

/** Statuses of troubles that pass. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Tells whether a status is one of a trouble that passes. */
export function isPassingStatus(status: number): boolean {
  return passing.has(status);
}

/** Milliseconds before the second and the third attempt. */
const pausesMs = [250, 1_000] as const;

/**
 * Tells after how many milliseconds a call is sent again.
 * @param attempt how many there were
 * @returns undefined if it is not
 */
export function retryDelayMs(rule: RetryRule, attempt: number, failed: FailedAttempt): number | undefined {
  if (attempt >= rule.attempts || failed.kind === "final") return undefined;
  if (failed.kind === "status" && !(rule.onStatus && isPassingStatus(failed.status ?? 0))) return undefined;
  if (rule.onlyUntouched && failed.hasReceived === true) return undefined;
  return Math.max(pausesMs[attempt - 1] ?? 1_000, failed.retryAfterMs ?? 0);
}

/**
 * Reads a Retry-After header, of seconds or of a date.
 * @returns milliseconds from now, at least 0; undefined for a header that is missing or neither
 */
export function parseRetryAfterMs(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1_000;
  // An HTTP date begins with the name of a day; Date.parse alone takes much that is none.
  const atMs = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
