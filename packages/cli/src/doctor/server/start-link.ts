import type { ServerConfig } from "@fairlead/config";
import type { FairleadError } from "@fairlead/core";
import { type StartFailure, toStartFailure } from "@fairlead/mcp";
import type { CheckId } from "../check-table.js";

/** The links at which the start of a server can fail. */
export type ServerLink = Extract<
  CheckId,
  "server-spawn" | "server-reach" | "server-auth" | "server-handshake"
>;

/** Failures of a server that runs, or answers, but is no MCP server as it should be. */
const ofHandshake = new Set<StartFailure>(["exited", "handshake_timeout", "protocol_error"]);

const ofLogin = new Set<StartFailure>(["login_required", "reauthentication_required"]);

/**
 * Names the link at which a start failed, by the one classifier of starts (docs/errors.md) and nothing else: whatever is
 * not of a later link kept it from being started or reached at all.
 */
export function startLinkOf(
  error: FairleadError,
  { transport }: Pick<ServerConfig, "transport">,
): ServerLink {
  const failure = toStartFailure(error);
  const { code } = error;
  const isRefused = failure === "http_status" && (code === "unauthenticated" || code === "forbidden");
  if (ofLogin.has(failure) || isRefused) return "server-auth";
  if (ofHandshake.has(failure) || failure === "http_status") return "server-handshake";
  return transport === "http" ? "server-reach" : "server-spawn";
}
