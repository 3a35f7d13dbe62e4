import type { ControlStartupStatus } from "@fairlead/mcp";
import type { HostEvent } from "../orchestrator/host-event.js";

/** Tells what an event says about the start of a server; undefined if it says nothing about it. */
export function toStartupStatus(event: HostEvent): ControlStartupStatus | undefined {
  switch (event.type) {
    case "starting":
    case "ready":
    case "cancelled":
      return { name: event.server, status: event.type, error: null, failureReason: null };
    case "login-offered":
      return {
        name: event.server,
        status: "ready",
        error: null,
        failureReason: null,
        warning: event.message,
      };
    case "failed":
    case "lost":
      return {
        name: event.server,
        status: "failed",
        error: event.message,
        failureReason: event.reason,
      };
    default:
      return undefined;
  }
}
