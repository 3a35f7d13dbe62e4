import type { HostEvent } from "@fairlead/host";
import { expect, test } from "vitest";
import { createCallMeter } from "./call-meter.js";

const facts = { server: "s", method: "tools/call", context: "external", callNumber: 1 } as const;
const started: HostEvent = { type: "call-started", ...facts };
const ended = (outcome: "result" | "failed" | "canceled"): HostEvent => ({
  type: "call-ended",
  outcome,
  elapsedMs: 1,
  ...facts,
});

test("calls are counted by server: those under way, all, and those without an answer", () => {
  const meter = createCallMeter();
  expect(meter.of("s")).toEqual({ active: 0, total: 0, failed: 0 });
  for (const event of [started, started, started, started]) meter.note(event);
  meter.note({ ...started, server: "other" });
  meter.note({ type: "stderr", server: "s", line: "x" });
  expect(meter.of("s")).toEqual({ active: 4, total: 4, failed: 0 });
  for (const outcome of ["result", "failed", "canceled"] as const) meter.note(ended(outcome));
  expect(meter.of("s")).toEqual({ active: 1, total: 4, failed: 1 });
  expect(meter.of("other")).toEqual({ active: 1, total: 1, failed: 0 });
});
