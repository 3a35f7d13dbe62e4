import { defaultExecutorLimits } from "@fairlead/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GrantedWindows, WindowBudget } from "./window-budget.js";

const mebibyte = 1024 * 1024;

function sumOf(grants: readonly GrantedWindows[]): number {
  return grants.reduce((sum, { outputBytes, inputBytes }) => sum + 2 * outputBytes + inputBytes, 0);
}

describe("the windows of a session", () => {
  test("are as wide as wished while there is room", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    expect(budget.grant({})).toEqual({ outputBytes: 4 * mebibyte, inputBytes: 4 * mebibyte });
    expect(budget.grant({ outputBytes: 1_000 })).toEqual({ outputBytes: 1_000, inputBytes: 4 * mebibyte });
  });

  test("never sum up to more than the buffer, and never shrink below a frame", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    const grants = Array.from({ length: defaultExecutorLimits.processesPerSession }, () => budget.grant({}));
    expect(sumOf(grants)).toBeLessThanOrEqual(defaultExecutorLimits.sessionBufferBytes);
    expect(Math.min(...grants.map(({ outputBytes }) => outputBytes))).toBeGreaterThanOrEqual(64 * 1024);
  });

  test("stay within any buffer, in any order of starts and ends", () => {
    const wish = fc.option(fc.integer({ min: 1, max: 8 * mebibyte }), { nil: undefined });
    const step = fc.oneof(
      wish.map((wished) => ({ wished })),
      fc.nat(100).map((end) => ({ end })),
    );
    const buffer = fc.integer({ min: 1_000, max: 64 * mebibyte });
    fc.assert(
      fc.property(buffer, fc.array(step, { maxLength: 200 }), (sessionBufferBytes, steps) => {
        const limits = { ...defaultExecutorLimits, sessionBufferBytes, processesPerSession: 50 };
        const budget = new WindowBudget(limits);
        const grants: GrantedWindows[] = [];
        for (const next of steps) {
          if ("end" in next) {
            const [ended] = grants.splice(next.end % Math.max(1, grants.length), 1);
            if (ended !== undefined) budget.giveBack(ended);
          } else if (grants.length < limits.processesPerSession)
            grants.push(budget.grant({ outputBytes: next.wished }));
          expect(sumOf(grants)).toBeLessThanOrEqual(sessionBufferBytes);
        }
      }),
    );
  });

  test("of a terminal take little input: what it does not take waits with us", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    expect(budget.grant({ isTerminal: true })).toEqual({
      outputBytes: 4 * mebibyte,
      inputBytes: mebibyte / 4,
    });
  });

  test("stay within the buffer though four times as many ended processes left output behind", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    const { processesPerSession, sessionBufferBytes, frameTargetBytes } = defaultExecutorLimits;
    const grants = Array.from({ length: 4 * processesPerSession }, () => {
      const granted = budget.grant({});
      // It ended: it takes no input, but nobody has read what it wrote.
      budget.giveBackInput(granted);
      budget.giveBackInput(granted);
      return granted;
    });
    expect(sumOf(grants.map((granted) => ({ ...granted, inputBytes: 0 })))).toBeLessThanOrEqual(
      sessionBufferBytes,
    );
    expect(Math.min(...grants.map(({ outputBytes }) => outputBytes))).toBeGreaterThanOrEqual(
      frameTargetBytes,
    );
    for (const granted of grants) budget.giveBack(granted);
    expect(budget.grant({}).outputBytes).toBe(4 * mebibyte);
  });

  test("are wide again when everything was given back", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    const grants = Array.from({ length: 200 }, () => budget.grant({}));
    for (const granted of grants) budget.giveBack(granted);
    expect(budget.grant({}).outputBytes).toBe(4 * mebibyte);
  });
});
