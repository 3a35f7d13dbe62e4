import type { LiveHost } from "../control/ask-hosts.js";
import type { ControlServer } from "../control/control-messages.js";
import { formatCount, formatDuration } from "../output/units.js";
import type { SeenTools } from "../runtime/cached-tools.js";

/** How one server is doing in one running host. */
export interface LiveServer extends ControlServer {
  /** The process id of the host. */
  readonly pid: number;
  readonly hostVersion: string;
}

/** Everything that running hosts say about a server, the healthiest copy first. */
export function liveStatesOf(name: string, hosts: readonly LiveHost[]): readonly LiveServer[] {
  return hosts
    .flatMap(({ pid, version, servers }) =>
      servers
        .filter((server) => server.name === name)
        .map((server) => ({ ...server, pid, hostVersion: version })),
    )
    .toSorted((one, other) => rankOf(one.state) - rankOf(other.state));
}

/** A live state in a few words: `ready, 12 tools`, `failed 3 min ago: exited`, `ready, 12 tools (2 hosts)`. */
export function liveWords(states: readonly LiveServer[], nowMs: number): string | undefined {
  const [best] = states;
  if (best === undefined) return undefined;
  const hosts = states.length === 1 ? "" : ` (${states.length} hosts)`;
  const failure = failureOf(best);
  if (failure !== undefined && (best.state === "failed" || best.state === "broken")) {
    return `${best.state} ${formatDuration(Math.max(0, nowMs - failure.atMs))} ago: ${failure.reason}${hosts}`;
  }
  const tools = typeof best["toolCount"] === "number" ? `, ${formatCount(best["toolCount"], "tool")}` : "";
  return `${best.state}${tools}${hosts}`;
}

/** What is remembered of a server that no host has, in a few words: `12 tools, seen 3 h ago`. */
export function seenWords(seen: SeenTools | undefined, nowMs: number): string | undefined {
  if (seen === undefined) return undefined;
  const ageMs = Math.max(0, nowMs - Date.parse(seen.seenAt));
  return `${formatCount(seen.tools, "tool")}, seen ${formatDuration(ageMs)} ago`;
}

function failureOf(server: LiveServer): { readonly reason: string; readonly atMs: number } | undefined {
  const failure = server["lastFailure"];
  if (typeof failure !== "object" || failure === null || !("reason" in failure) || !("atMs" in failure)) {
    return undefined;
  }
  return { reason: String(failure.reason), atMs: Number(failure.atMs) };
}

const fromHealthiest = ["ready", "starting", "restarting", "broken", "failed", "idle"];

function rankOf(state: string): number {
  const rank = fromHealthiest.indexOf(state);
  return rank < 0 ? fromHealthiest.length : rank;
}
