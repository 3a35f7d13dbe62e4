import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { createServerLog } from "./server-log.js";

const withoutTimes = (text: string): string => text.replaceAll(/^\S+T\S+Z /gm, "");

test("a log has what a server wrote and what happened to it, but not every call", () => {
  const log = createServerLog();
  const call = { server: "a", method: "tools/call", tool: "t", context: "external", callNumber: 1 } as const;
  const error = new FairleadError("unavailable", "It ended");
  log.note({ type: "starting", server: "a", executor: "devbox" });
  log.note({ type: "stderr", server: "a", line: "hello" });
  log.note({ type: "ready", server: "a", elapsedMs: 12.4 });
  log.note({ type: "call-started", ...call });
  log.note({ type: "call-ended", ...call, outcome: "result", elapsedMs: 1 });
  log.note({ type: "call-ended", ...call, outcome: "failed", elapsedMs: 1, error });
  log.note({ type: "lost", server: "a", reason: "exited", message: "It ended", stderrTail: "", error });
  log.note({ type: "stopped", server: "b", cause: "idle" });
  expect(withoutTimes(log.read("a"))).toMatchInlineSnapshot(`
    "event   starting on devbox
    stderr  hello
    event   ready after 12 ms
    event   tools/call of "t" ended with failed: It ended
    event   lost (exited): It ended
    "
  `);
  expect(log.servers()).toEqual(["a", "b"]);
  expect(log.read("c")).toBe("");
});

test("the oldest lines go when there is no more room, and that is told", () => {
  const log = createServerLog(4_000);
  for (let index = 0; index < 1_000; index += 1)
    log.note({ type: "stderr", server: "a", line: `line ${index}` });
  const lines = log.read("a").split("\n");
  expect(lines[0]).toMatch(/^\(\d+ older lines are gone\)$/);
  expect(lines.at(-2)).toMatch(/line 999$/);
  expect(Buffer.byteLength(log.read("a"))).toBeLessThan(4_100);
  expect(Number(/\d+/.exec(lines[0] ?? "")?.[0]) + lines.length - 2).toBe(1_000);
});

test("one long line does not push out all others", () => {
  const log = createServerLog(4_000);
  log.note({ type: "stderr", server: "a", line: "before" });
  log.note({ type: "stderr", server: "a", line: "x".repeat(100_000) });
  expect(log.read("a")).toContain("before");
  expect(log.read("a").length).toBeLessThan(1_100);
});

test("watchers are told of whom, until they stop", () => {
  const log = createServerLog();
  const told: string[] = [];
  const stop = log.watch((server) => told.push(server));
  log.note({ type: "stderr", server: "a", line: "1" });
  stop();
  log.note({ type: "stderr", server: "b", line: "2" });
  expect(told).toEqual(["a"]);
});
