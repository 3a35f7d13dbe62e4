import type { HostEvent } from "../orchestrator/host-event.js";
import { describeServerEvent } from "./describe-server-event.js";

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
      const words = describeServerEvent(event);
      if (!("server" in event) || words === undefined) return;
      const ring = rings.get(event.server) ?? { lines: [], bytes: 0, dropped: 0 };
      rings.set(event.server, ring);
      push(
        ring,
        `${new Date().toISOString()} ${words.stream.padEnd(7)} ${words.text}`.slice(0, maxBytes / 4),
        maxBytes,
      );
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
