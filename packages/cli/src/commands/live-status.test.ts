import { expect, test } from "vitest";
import { liveStatesOf, liveWords, seenWords } from "./live-status.js";

const host = (pid: number, state: string, more: object = {}) => ({
  pid,
  version: "1.0.0",
  ageMs: 1,
  servers: [
    { name: "other", executor: "local", state: "ready" },
    { name: "s", executor: "local", state, ...more },
  ],
});

test("the healthiest host speaks for a server", () => {
  const states = liveStatesOf("s", [host(1, "idle"), host(2, "ready", { toolCount: 3 }), host(3, "failed")]);
  expect(states.map(({ pid, state }) => [pid, state])).toEqual([
    [2, "ready"],
    [3, "failed"],
    [1, "idle"],
  ]);
  expect(liveWords(states, 0)).toBe("ready, 3 tools (3 hosts)");
});

test("a failure is told with its age", () => {
  const lastFailure = { reason: "exited", atMs: 1_000, message: "it is gone", stderrTail: "" };
  const states = liveStatesOf("s", [host(1, "failed", { lastFailure })]);
  expect(liveWords(states, 31_000)).toBe("failed 30 s ago: exited");
});

test("a state that a newer host knows is told as it is", () => {
  expect(liveWords(liveStatesOf("s", [host(1, "dreaming")]), 0)).toBe("dreaming");
});

test("no host knows nothing", () => {
  expect(liveWords(liveStatesOf("s", []), 0)).toBeUndefined();
  expect(liveWords(liveStatesOf("missing", [host(1, "ready")]), 0)).toBeUndefined();
});

test("what was seen last is told with its age", () => {
  const seenAt = "2026-01-02T03:00:00.000Z";
  const nowMs = Date.parse("2026-01-02T06:00:00.000Z");
  expect(seenWords({ tools: 12, seenAt }, nowMs)).toBe("12 tools, seen 3 h ago");
  expect(seenWords({ tools: 1, seenAt }, Date.parse(seenAt) - 5_000)).toBe("1 tool, seen 0 s ago");
  expect(seenWords(undefined, nowMs)).toBeUndefined();
});
