import type { HostEvent } from "../orchestrator/host-event.js";

/** The words of an event for a log of one server. */
export interface ServerEventWords {
  /** `stderr`: the server's own words; `warning` and `event`: ours. */
  readonly stream: "stderr" | "warning" | "event";
  readonly text: string;
}

type ServerEvent = Extract<HostEvent, { readonly server: string }>;

/** Says in words what happened to a server; undefined for what is too common to be worth a line, or is about no server. */
export function describeServerEvent(event: HostEvent): ServerEventWords | undefined {
  if (!("server" in event)) return undefined;
  if (event.type === "stderr") return { stream: "stderr", text: event.line };
  if (event.type === "warning") return { stream: "warning", text: event.text };
  if (event.type === "login-offered") return { stream: "warning", text: event.message };
  const text = describe(event);
  return text === undefined ? undefined : { stream: "event", text };
}

function describe(
  event: Exclude<ServerEvent, { readonly type: "stderr" | "warning" | "login-offered" }>,
): string | undefined {
  switch (event.type) {
    case "starting":
      return `starting on ${event.executor}`;
    case "ready":
      return `ready after ${Math.round(event.elapsedMs)} ms`;
    case "failed":
    case "lost":
      return `${event.type} (${event.reason}): ${event.message}`;
    case "restarting":
      return `restarting in ${event.pauseMs} ms (attempt ${event.attempt})`;
    case "breaker-open":
      return `given up after ${event.failureCount} failures, tried again in ${event.probeInMs} ms`;
    case "stopped":
      return `stopped (${event.cause})`;
    case "list-changed":
      return `${event.list} changed`;
    case "auth-changed":
      return event.change;
    case "call-started":
    case "external-context-used":
      return undefined;
    case "call-ended":
      return describeCall(event);
    default:
      return event.type;
  }
}

function describeCall(call: Extract<ServerEvent, { readonly type: "call-ended" }>): string | undefined {
  if (call.outcome === "result" || call.outcome === "canceled") return undefined;
  const tool = call.tool === undefined ? "" : ` of ${JSON.stringify(call.tool)}`;
  const why = call.error === undefined ? "" : `: ${call.error.message}`;
  return `${call.method}${tool} ended with ${call.outcome}${why}`;
}
