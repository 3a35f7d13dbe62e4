import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { type FailedAttempt, parseRetryAfterMs, retryDelayMs, retryRule } from "./retry-rules.js";

const error = new FairleadError("unavailable", "x");
const noAnswer: FailedAttempt = { error, kind: "no_answer" };
const status = (code: number, retryAfterMs?: number): FailedAttempt => ({
  error,
  kind: "status",
  status: code,
  retryAfterMs,
});

/** The pauses before each further attempt. */
function pauses(method: string, failed: FailedAttempt, isRepeatable?: boolean): (number | undefined)[] {
  const rule = retryRule({ method, isRepeatable });
  return [1, 2, 3].map((attempt) => retryDelayMs(rule, attempt, failed));
}

const none = [undefined, undefined, undefined];

test.each<[string, FailedAttempt, (number | undefined)[]]>([
  ["initialize", noAnswer, [250, 1_000, undefined]],
  ["server/discover", status(503), [250, 1_000, undefined]],
  ["tools/list", status(429, 3_000), [3_000, 3_000, undefined]],
  ["tools/list", status(408, 10), [250, 1_000, undefined]],
  ["tools/list", status(404), none],
  ["tools/list", { error, kind: "final" }, none],
  ["resources/read", noAnswer, [250, undefined, undefined]],
  ["resources/read", status(503), none],
  ["tools/call", noAnswer, none],
  ["anything/else", noAnswer, none],
])("%s after %o is sent again after %j", (method, failed, expected) => {
  expect(pauses(method, failed)).toEqual(expected);
});

test("the caller's word counts more than the method", () => {
  expect(pauses("tools/list", noAnswer, false)).toEqual(none);
  expect(pauses("tools/call", noAnswer, true)).toEqual([250, undefined, undefined]);
  expect(pauses("tools/call", { ...noAnswer, hasReceived: true }, true)).toEqual(none);
  expect(pauses("tools/call", status(503), true)).toEqual(none);
});

test.each<[string | null, number | undefined]>([
  ["0", 0],
  [" 120 ", 120_000],
  ["Thu, 01 Jan 1970 00:01:40 GMT", 90_000],
  ["Thu, 01 Jan 1970 00:00:01 GMT", 0],
  [null, undefined],
  ["", undefined],
  ["-5", undefined],
  ["soon", undefined],
  ["1.5", undefined],
  ["2026", 2_026_000],
])("Retry-After %j ten seconds after the epoch is %j", (value, expected) => {
  expect(parseRetryAfterMs(value, 10_000)).toBe(expected);
});
