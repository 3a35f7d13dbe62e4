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
    expect(budget.grant(undefined)).toEqual({ outputBytes: 4 * mebibyte, inputBytes: 4 * mebibyte });
    expect(budget.grant(1_000)).toEqual({ outputBytes: 1_000, inputBytes: 4 * mebibyte });
  });

  test("never sum up to more than the buffer, and never shrink below a frame", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    const grants = Array.from({ length: defaultExecutorLimits.processesPerSession }, () =>
      budget.grant(undefined),
    );
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
          } else if (grants.length < limits.processesPerSession) grants.push(budget.grant(next.wished));
          expect(sumOf(grants)).toBeLessThanOrEqual(sessionBufferBytes);
        }
      }),
    );
  });

  test("are wide again when everything was given back", () => {
    const budget = new WindowBudget(defaultExecutorLimits);
    const grants = Array.from({ length: 200 }, () => budget.grant(undefined));
    for (const granted of grants) budget.giveBack(granted);
    expect(budget.grant(undefined).outputBytes).toBe(4 * mebibyte);
  });
});
