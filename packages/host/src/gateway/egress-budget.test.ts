import { describe, expect, test } from "vitest";
import {
  createEgressBudget,
  type EgressBudget,
  egressPressureBytes,
  messageOverheadBytes,
} from "./egress-budget.js";

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
    const half = egressPressureBytes / 2;
    budget.add(half - messageOverheadBytes);
    budget.add(half - messageOverheadBytes);
    expect(pressure).toEqual([]);
    budget.add(1);
    budget.remove(half - messageOverheadBytes);
    expect(pressure).toEqual([true]);
    budget.remove(1);
    budget.remove(1, 0);
    expect(pressure).toEqual([true, false]);
    expect(budget.queuedBytes).toBe(half - messageOverheadBytes - 1);
  });

  test("is high also of many small messages, whose handling takes more than their bytes", () => {
    const { budget, pressure } = watch();
    const count = egressPressureBytes / messageOverheadBytes;
    for (let index = 0; index < count; index += 1) budget.add(1);
    expect(pressure).toEqual([true]);
    budget.remove(count, count);
    expect([pressure, budget.queuedBytes]).toEqual([[true, false], 0]);
  });

  test("passes the bound once, however much comes after", () => {
    const { budget, overflows } = watch();
    budget.add(maxBytes - messageOverheadBytes);
    expect(overflows).toEqual([]);
    budget.add(1);
    budget.add(1);
    expect(overflows).toEqual([maxBytes - messageOverheadBytes + 1]);
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
