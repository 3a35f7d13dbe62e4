import { describe, expect, test } from "vitest";
import { createBackOff, parseRetryAfterMs } from "./back-off.js";

describe("backing off", () => {
  test("waits longer after each failure, but never for long, and not after a success", () => {
    const backOff = createBackOff();
    const waits: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      backOff.failed(1_000);
      waits.push(backOff.waitMs(1_000));
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(backOff.waitMs(21_000)).toBe(10_000);
    expect(backOff.waitMs(31_000)).toBe(0);
    backOff.succeeded();
    expect(backOff.waitMs(1_000)).toBe(0);
  });

  test("does what the server asks for, within reason", () => {
    const backOff = createBackOff();
    backOff.failed(0, 7_000);
    expect(backOff.waitMs(0)).toBe(7_000);
    backOff.failed(0, 100_000_000);
    expect(backOff.waitMs(0)).toBe(600_000);
  });

  test("does not wait longer because the clock was set back", () => {
    const backOff = createBackOff();
    backOff.failed(1_000_000);
    expect(backOff.waitMs(0)).toBe(0);
  });
});

test.each([
  ["7", 7_000],
  [" 0 ", 0],
  ["Thu, 01 Jan 1970 00:00:10 GMT", 8_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["99999999999999", undefined],
  [null, undefined],
])("a Retry-After of %j is %j ms", (value, expected) => {
  expect(parseRetryAfterMs(value, 2_000)).toBe(expected);
});
