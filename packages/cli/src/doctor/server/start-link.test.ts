import { FairleadError } from "@fairlead/core";
import { startFailures } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { startLinkOf } from "./start-link.js";

const links = {
  command_not_found: ["server-spawn", "server-reach"],
  spawn_failed: ["server-spawn", "server-reach"],
  cwd_missing: ["server-spawn", "server-reach"],
  exited: ["server-handshake", "server-handshake"],
  handshake_timeout: ["server-handshake", "server-handshake"],
  protocol_error: ["server-handshake", "server-handshake"],
  http_status: ["server-handshake", "server-handshake"],
  unreachable: ["server-spawn", "server-reach"],
  executor_unavailable: ["server-spawn", "server-reach"],
  config_invalid: ["server-spawn", "server-reach"],
  login_required: ["server-auth", "server-auth"],
  reauthentication_required: ["server-auth", "server-auth"],
  policy_denied: ["server-spawn", "server-reach"],
} as const;

test.each(startFailures)("%s belongs to a link", (failure) => {
  const error = new FairleadError("unavailable", "x", { details: { failure } });
  const both = (["stdio", "http"] as const).map((transport) => startLinkOf(error, { transport }));
  expect(both).toEqual(links[failure]);
});

test.each(["unauthenticated", "forbidden"] as const)("a status that is %s is about credentials", (code) => {
  const error = new FairleadError(code, "x", { details: { failure: "http_status" } });
  expect(startLinkOf(error, { transport: "http" })).toBe("server-auth");
});
