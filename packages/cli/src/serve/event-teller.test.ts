import { FairleadError } from "@fairlead/core";
import type { HostEvent } from "@fairlead/host";
import { expect, test } from "vitest";
import { createEventTeller } from "./event-teller.js";

const error = new FairleadError("not_found", "Server 's' cannot be started");
const failed: Extract<HostEvent, { readonly type: "failed" }> = {
  type: "failed",
  server: "s",
  reason: "command_not_found",
  message: error.message,
  stderrTail: "",
  error,
};
const started: Extract<HostEvent, { readonly type: "startup-complete" }> = {
  type: "startup-complete",
  ready: ["a"],
  failed: [{ server: "s", reason: "command_not_found", message: "" }],
  cancelled: [],
};
const ready: HostEvent = { type: "ready", server: "s", elapsedMs: 1 };

test("what is the same for every agent is told once", () => {
  const tell = createEventTeller();
  const first = [failed, started].flatMap(tell);
  expect(first).toEqual([
    "fairlead: Server 's' cannot be started [command_not_found]",
    "fairlead: 1 of 2 servers just started is ready; failed: s",
  ]);
  const hasty: HostEvent = { ...started, ready: [], cancelled: ["a"] };
  expect([failed, started, failed, hasty].flatMap(tell)).toEqual([]);
});

test("it is told again once the server was up, or was tried for another reason", () => {
  const tell = createEventTeller();
  const first = [failed, started].flatMap(tell);
  expect([ready, failed, started].flatMap(tell)).toEqual(first);
  const again: HostEvent = { type: "restarting", server: "s", attempt: 1, pauseMs: 1_000 };
  expect([again, failed].flatMap(tell)).toEqual(["fairlead: s is started again in 1 s", first[0]]);
});

test("another failure, another server and what servers say are always told", () => {
  const tell = createEventTeller();
  tell(failed);
  const other = new FairleadError("unavailable", "Server 's' exited");
  expect(tell({ ...failed, message: other.message, error: other })).toHaveLength(1);
  expect(tell({ ...failed, server: "t" })).toHaveLength(1);
  const line: HostEvent = { type: "stderr", server: "s", line: "same" };
  expect([line, line].flatMap(tell)).toHaveLength(2);
});
