import type { HostEvent } from "../orchestrator/host-event.js";

/** Bytes that are kept of each server's log: some thousand lines, the newest. */
const defaultMaxBytes = 256 * 1024;

/** The last words of every server: what it wrote to stderr, and what happened to it. */
export interface ServerLog {
  /** Takes an event of the host. */
  note(event: HostEvent): void;
  /** Names of those that there is something of, in the order in which they were first heard of. */
  servers(): readonly string[];
  /** One line per event, the oldest first; empty for a server that nothing is known of. */
  read(server: string): string;
  /** Calls back after each event of one server, or of all, until the answer is called. */
  watch(onEvent: (server: string) => void): () => void;
}

/** The events that are about one server. */
type ServerEvent = Extract<HostEvent, { readonly server: string }>;

interface Ring {
  lines: string[];
  bytes: number;
  dropped: number;
}

/** Makes a log that keeps the newest lines of each server in memory. @param maxBytes per server. @default 256 KiB */
export function createServerLog(maxBytes: number = defaultMaxBytes): ServerLog {
  const rings = new Map<string, Ring>();
  const watchers = new Set<(server: string) => void>();
  return {
    note(event) {
      const text = "server" in event ? describeEvent(event) : undefined;
      if (!("server" in event) || text === undefined) return;
      const ring = rings.get(event.server) ?? { lines: [], bytes: 0, dropped: 0 };
      rings.set(event.server, ring);
      push(ring, `${new Date().toISOString()} ${text}`.slice(0, maxBytes / 4), maxBytes);
      for (const watcher of watchers) watcher(event.server);
    },
    servers: () => [...rings.keys()],
    read(server) {
      const ring = rings.get(server);
      if (ring === undefined) return "";
      const gone = ring.dropped === 0 ? [] : [`(${ring.dropped} older lines are gone)`];
      return [...gone, ...ring.lines, ""].join("\n");
    },
    watch(onEvent) {
      const watcher = (server: string): void => onEvent(server);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

function push(ring: Ring, line: string, maxBytes: number): void {
  ring.lines.push(line);
  ring.bytes += Buffer.byteLength(line) + 1;
  if (ring.bytes <= maxBytes) return;
  // Down to three quarters at once, or every further line would move all the others.
  let count = 0;
  for (const old of ring.lines) {
    if (ring.bytes <= maxBytes * 0.75) break;
    ring.bytes -= Buffer.byteLength(old) + 1;
    count += 1;
  }
  ring.lines = ring.lines.slice(count);
  ring.dropped += count;
}

/** @returns undefined for what is too common to be worth a line */
function describeEvent(event: ServerEvent): string | undefined {
  switch (event.type) {
    case "stderr":
      return `stderr  ${event.line}`;
    case "warning":
      return `warning ${event.text}`;
    case "starting":
      return `event   starting on ${event.executor}`;
    case "ready":
      return `event   ready after ${Math.round(event.elapsedMs)} ms`;
    case "login-offered":
      return `warning ${event.message}`;
    case "failed":
    case "lost":
      return `event   ${event.type} (${event.reason}): ${event.message}`;
    case "restarting":
      return `event   restarting in ${event.pauseMs} ms (attempt ${event.attempt})`;
    case "breaker-open":
      return `event   given up after ${event.failureCount} failures, tried again in ${event.probeInMs} ms`;
    case "stopped":
      return `event   stopped (${event.cause})`;
    case "list-changed":
      return `event   ${event.list} changed`;
    case "call-started":
      return undefined;
    case "call-ended":
      return describeCall(event);
    default:
      return `event   ${event.type}`;
  }
}

function describeCall(call: Extract<ServerEvent, { readonly type: "call-ended" }>): string | undefined {
  if (call.outcome === "result" || call.outcome === "canceled") return undefined;
  const tool = call.tool === undefined ? "" : ` of ${JSON.stringify(call.tool)}`;
  const why = call.error === undefined ? "" : `: ${call.error.message}`;
  return `event   ${call.method}${tool} ended with ${call.outcome}${why}`;
}
