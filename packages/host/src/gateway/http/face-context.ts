import type { IncomingMessage, ServerResponse } from "node:http";
import type { ScannedMessage } from "@fairlead/mcp";
import type { AcceptedTypes } from "./accepted-types.js";
import type { HttpFaceEvent, HttpFaceLimits, HttpFaceOptions } from "./http-face.js";
import type { OpenStreams } from "./open-streams.js";
import type { SessionTable } from "./session-table.js";

/** What all parts of one face share. */
export interface FaceContext {
  readonly options: Pick<HttpFaceOptions, "openSession" | "forwardHeaders">;
  readonly limits: HttpFaceLimits;
  readonly sessions: SessionTable;
  readonly streams: OpenStreams;
  readonly onEvent: (event: HttpFaceEvent) => void;
}

/** One request that was let in. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly principal: string;
  /** Until when its token lets it in, in milliseconds since the epoch. @default for ever */
  readonly untilMs: number | undefined;
  /** The server whose endpoint it is. @default the merged one */
  readonly server: string | undefined;
  readonly accepts: AcceptedTypes;
}

/** One POST that was let in, its message read. */
export interface Posting<M extends ScannedMessage = ScannedMessage> extends Exchange {
  readonly message: M;
}

/** Gives a header; what came more than once is joined. @returns undefined if it did not come */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

const neverForwarded: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "cookie",
  "host",
  "proxy-authorization",
  "transfer-encoding",
]);

/** Gives those headers of a request that configuration passes on to servers; undefined if there are none. */
export function forwardedHeaders(
  { request, server }: Exchange,
  { options }: FaceContext,
): Readonly<Record<string, string>> | undefined {
  const names = options.forwardHeaders?.(server) ?? [];
  const passed = names
    .map((name) => name.toLowerCase())
    .filter((name) => !neverForwarded.has(name) && !name.startsWith("mcp-"))
    .flatMap((name) => {
      const value = headerOf(request, name);
      return value === undefined ? [] : [[name, value] as const];
    });
  return passed.length === 0 ? undefined : Object.fromEntries(passed);
}
