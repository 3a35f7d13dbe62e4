import { FairleadError } from "@fairlead/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tellConnection } from "./tell-connection.js";

const recovering = { state: "recovering", error: new FairleadError("unavailable", "broke") } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a short break is not worth a word", () => {
  const lines: string[] = [];
  const listener = tellConnection("devbox", (line) => lines.push(line));
  listener({ state: "connected", epoch: 1 });
  listener(recovering);
  vi.advanceTimersByTime(900);
  listener({ state: "connected", epoch: 2 });
  vi.advanceTimersByTime(5_000);
  expect(lines).toEqual([]);
});

test("a long one is told once, and its end too", () => {
  const lines: string[] = [];
  const listener = tellConnection("devbox", (line) => lines.push(line));
  listener(recovering);
  vi.advanceTimersByTime(10_000);
  listener({ state: "connected", epoch: 2 });
  expect(lines).toEqual([
    "fairlead: the connection to executor devbox broke; trying to get it back",
    "fairlead: executor devbox is back",
  ]);
});
