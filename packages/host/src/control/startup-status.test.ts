import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { createControlCenter } from "./host-control.js";

test("starts are told as they go, until nobody listens", () => {
  const center = createControlCenter(undefined, () => {
    throw new Error("Nobody asks for it");
  });
  const told: unknown[] = [];
  const listening = center.face.onStartupStatus((status) => told.push(status));
  const error = new FairleadError("unavailable", "It is not there");
  const failure = { reason: "command_not_found", message: "It is not there", stderrTail: "", error } as const;
  center.note({ type: "starting", server: "a", executor: "local" });
  center.note({ type: "ready", server: "a", elapsedMs: 5 });
  center.note({ type: "warning", server: "a", text: "no start" });
  center.note({ type: "failed", server: "b", ...failure });
  listening[Symbol.dispose]();
  center.note({ type: "cancelled", server: "b" });
  expect(told).toEqual([
    { name: "a", status: "starting", error: null, failureReason: null },
    { name: "a", status: "ready", error: null, failureReason: null },
    { name: "b", status: "failed", error: "It is not there", failureReason: "command_not_found" },
  ]);
});
