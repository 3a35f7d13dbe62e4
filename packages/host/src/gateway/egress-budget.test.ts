import { describe, expect, test } from "vitest";
import { createEgressBudget, type EgressBudget, egressPressureBytes } from "./egress-budget.js";

const maxBytes = 4 * egressPressureBytes;

interface Watched {
  readonly budget: EgressBudget;
  readonly pressure: boolean[];
  readonly overflows: number[];
}

function watch(): Watched {
  const pressure: boolean[] = [];
  const overflows: number[] = [];
  const budget = createEgressBudget({
    maxBytes,
    onPressure: (isHigh) => pressure.push(isHigh),
    onOverflow: (queuedBytes) => overflows.push(queuedBytes),
  });
  return { budget, pressure, overflows };
}

describe("what waits for an agent", () => {
  test("is high from the mark on until half of it has gone", () => {
    const { budget, pressure } = watch();
    budget.add(egressPressureBytes);
    expect(pressure).toEqual([]);
    budget.add(1);
    budget.remove(egressPressureBytes / 2);
    expect(pressure).toEqual([true]);
    budget.remove(2);
    expect(pressure).toEqual([true, false]);
    expect(budget.queuedBytes).toBe(egressPressureBytes / 2 - 1);
  });

  test("passes the bound once, however much comes after", () => {
    const { budget, overflows } = watch();
    budget.add(maxBytes);
    expect(overflows).toEqual([]);
    budget.add(1);
    budget.add(1);
    expect(overflows).toEqual([maxBytes + 1]);
  });

  test("does not pass it by one message alone, however large", () => {
    const { budget, overflows } = watch();
    budget.add(10 * maxBytes);
    budget.remove(10 * maxBytes);
    budget.add(10 * maxBytes);
    expect(overflows).toEqual([]);
    budget.add(1);
    expect(overflows).toHaveLength(1);
  });

  test("is never less than nothing", () => {
    const { budget } = watch();
    budget.add(5);
    budget.remove(7);
    expect(budget.queuedBytes).toBe(0);
  });
});
