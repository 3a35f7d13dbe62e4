import { FairleadError } from "@fairlead/core";
import type { HostEvent } from "@fairlead/host";
import { expect, test } from "vitest";
import { eventLines } from "./tell-event.js";

const error = new FairleadError("unavailable", "Server 's' exited with code 3");
const failure = { reason: "exited", message: error.message, stderrTail: "", error } as const;

test.each<[HostEvent, readonly string[]]>([
  [{ type: "starting", server: "s", executor: "local" }, []],
  [{ type: "ready", server: "s", elapsedMs: 5 }, []],
  [{ type: "failed", server: "s", ...failure }, ["fairlead: Server 's' exited with code 3 [exited]"]],
  [{ type: "lost", server: "s", ...failure }, ["fairlead: Server 's' exited with code 3"]],
  [{ type: "restarting", server: "s", attempt: 1, pauseMs: 2_000 }, ["fairlead: s is started again in 2 s"]],
  [{ type: "breaker-closed", server: "s" }, ["fairlead: s works again"]],
  [{ type: "login-offered", server: "s", message: "Log in to s" }, ["fairlead: Log in to s"]],
  [
    { type: "agent-evicted", session: "agent-2", error },
    ["fairlead: session agent-2 was ended: Server 's' exited with code 3"],
  ],
  [{ type: "startup-complete", ready: ["a", "b"], failed: [], cancelled: [] }, []],
  [
    {
      type: "startup-complete",
      ready: ["a"],
      failed: [{ server: "s", reason: "exited", message: "" }],
      cancelled: [],
    },
    ["fairlead: 1 of 2 servers just started is ready; failed: s"],
  ],
])("%j", (event, lines) => {
  expect(eventLines(event)).toEqual(lines);
});

test("a server's own words cannot steer the terminal", () => {
  const [line = ""] = eventLines({ type: "stderr", server: "s", line: "a\u001b[31mb" });
  expect(line).toMatch(/^\[s\] a/);
  expect(line).not.toContain("\u001b");
});
