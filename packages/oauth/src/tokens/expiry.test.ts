import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExpired, isNearlyExpired, renewalSkewMs, toExpiresAtMs } from "./expiry.js";

const nowMs = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe("the end of a token", () => {
  test.each([
    [3_600, 3_601_000],
    ["3600", 3_601_000],
    [" 60 ", 61_000],
    [0.5, 1_500],
    [0, 1_000],
    [-5, 1_000],
    ["-5", 1_000],
    [1e300, 8_640_000_000_000_000],
    [Number.POSITIVE_INFINITY, 8_640_000_000_000_000],
  ])("an expires_in of %j is a moment", (expiresIn, atMs) => {
    expect(toExpiresAtMs(expiresIn, 1_000)).toBe(atMs);
  });

  test.each([[undefined], [null], [""], ["  "], ["soon"], [Number.NaN], [true], [[60]], [{}]])(
    "an expires_in of %j says nothing",
    (expiresIn) => {
      expect(toExpiresAtMs(expiresIn, 1_000)).toBeUndefined();
    },
  );

  test("never lies before the request was sent, and is a moment that a date can name", () => {
    fc.assert(
      fc.property(nowMs, fc.double({ noNaN: true }), (sentAtMs, expiresIn) => {
        const atMs = toExpiresAtMs(expiresIn, sentAtMs) ?? Number.NaN;
        expect(atMs).toBeGreaterThanOrEqual(sentAtMs);
        expect(Number.isInteger(atMs)).toBe(true);
        expect(Number.isNaN(new Date(atMs).getTime())).toBe(false);
      }),
    );
  });

  test("is later the longer a token lives, and the later it was asked for", () => {
    const seconds = fc.integer({ min: -1_000, max: 1_000_000 });
    fc.assert(
      fc.property(nowMs, seconds, seconds, fc.nat(100_000), (sentAtMs, one, more, laterMs) => {
        const first = toExpiresAtMs(one, sentAtMs) ?? Number.NaN;
        expect(toExpiresAtMs(one + Math.abs(more), sentAtMs)).toBeGreaterThanOrEqual(first);
        expect(toExpiresAtMs(one, sentAtMs + laterMs)).toBe(first + laterMs);
      }),
    );
  });

  test("an expires_in means the same as a number and as a text", () => {
    fc.assert(
      fc.property(nowMs, fc.integer({ min: -10, max: 10_000_000 }), (sentAtMs, seconds) => {
        expect(toExpiresAtMs(String(seconds), sentAtMs)).toBe(toExpiresAtMs(seconds, sentAtMs));
      }),
    );
  });
});

describe("whether a token is over", () => {
  test("an unknown end is none, a known one that is past is one", () => {
    fc.assert(
      fc.property(nowMs, fc.integer({ min: -100_000, max: 100_000 }), (now, leftMs) => {
        expect([isExpired({}, now), isNearlyExpired({}, now)]).toEqual([false, false]);
        const token = { expiresAtMs: now + leftMs };
        expect(isExpired(token, now)).toBe(leftMs <= 0);
        expect(isNearlyExpired(token, now)).toBe(leftMs <= renewalSkewMs);
      }),
    );
  });

  test("what is over is nearly over, and stays over", () => {
    fc.assert(
      fc.property(nowMs, nowMs, fc.nat(1_000_000), (expiresAtMs, now, laterMs) => {
        const isNear = isNearlyExpired({ expiresAtMs }, now);
        expect(isNear || !isExpired({ expiresAtMs }, now)).toBe(true);
        expect(!isNear || isNearlyExpired({ expiresAtMs }, now + laterMs)).toBe(true);
      }),
    );
  });

  test.each([
    [3_600, 3_570],
    [60, 30],
    [30, 15],
    [2, 1],
  ])("a token that lives %i s is used for %i s", (lifeS, usedS) => {
    const token = { savedAtMs: 5_000, expiresAtMs: 5_000 + lifeS * 1_000 };
    const endMs = 5_000 + usedS * 1_000;
    expect([-1, 0].map((leftMs) => isNearlyExpired(token, endMs + leftMs))).toEqual([false, true]);
  });

  test("a token that lives no time is over at once", () => {
    const expiresAtMs = toExpiresAtMs(0, 5_000);
    expect(isExpired({ expiresAtMs }, 5_000)).toBe(true);
  });
});
