import { expect, test } from "vitest";
import { toServerStatus } from "../orchestrator/server-status.js";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { listConnectors } from "./list-connectors.js";

test("of all servers the connectors are told, with what their logins may call", () => {
  const servers = createMemoryServers();
  const failure = { reason: "exited", message: "gone", stderrTail: "", atMs: 5 } as const;
  const copy = { consumerCount: 1, restartCount: 0, instanceCount: 1 };
  const statuses = [
    toServerStatus(servers.define({ name: "configured" }), []),
    toServerStatus(servers.define({ name: "up", origin: "connector" }), [
      { ...copy, state: "ready", toolCount: 3 },
    ]),
    toServerStatus(servers.define({ name: "own", origin: "built-in" }), []),
    toServerStatus(servers.define({ name: "down", origin: "connector" }), [
      { ...copy, state: "failed", lastFailure: failure },
    ]),
    toServerStatus(servers.define({ name: "unused", origin: "connector" }), []),
  ];
  expect(listConnectors(statuses)).toEqual([
    { name: "up", executor: "here", state: "ready", actions: 3 },
    { name: "down", executor: "here", state: "failed", lastFailure: failure },
    { name: "unused", executor: "here", state: "idle" },
  ]);
});
