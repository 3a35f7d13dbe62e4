import { isJsonObject } from "@fairlead/core";
import {
  buildDiscoverResult,
  type CallAnswer,
  completeModernResult,
  findMember,
  type InitializeResult,
  isKnownVersion,
  parseRange,
  replaceRanges,
} from "@fairlead/mcp";
import { mergedCapabilities, serverInfo } from "../handshake.js";

/** What a modern agent can be told that it speaks to. */
export interface DiscoveredServer {
  /** What decides what can be listened to. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Who the agent is told that answers, where a result does not say it; undefined: the server says it itself. */
  readonly serverInfo: Readonly<Record<string, unknown>> | undefined;
}

/** What stands behind the merged endpoint, whatever servers there are. */
export function describeMerged(version: string): DiscoveredServer {
  return { capabilities: mergedCapabilities, serverInfo: serverInfo(version) };
}

/** What stands behind an endpoint of a single server. */
export function describeSingle({ value, discoverRaw }: InitializeResult): DiscoveredServer {
  const identity = value["serverInfo"];
  return {
    capabilities: objectOf(value["capabilities"]),
    serverInfo: discoverRaw === undefined && isJsonObject(identity) ? identity : undefined,
  };
}

/**
 * Answers `server/discover`. A single modern server speaks for itself, in its own bytes, save revisions that we cannot
 * carry; a legacy one is described by what it said in its handshake.
 * @param only what the one server said; undefined for the merged endpoint
 */
export function answerDiscover(version: string, only?: InitializeResult): CallAnswer {
  if (only?.discoverRaw !== undefined) return toResult(withKnownVersions(only.discoverRaw));
  const { capabilities, serverInfo: identity } =
    only === undefined ? describeMerged(version) : describeSingle(only);
  const instructions = only?.value["instructions"];
  const result = buildDiscoverResult({
    serverInfo: identity ?? serverInfo(version),
    capabilities,
    ...(typeof instructions === "string" ? { instructions } : {}),
  });
  return toResult(Buffer.from(JSON.stringify(result)));
}

function withKnownVersions(raw: Buffer): Buffer {
  const complete = completeModernResult("server/discover", raw);
  const range = findMember(complete, { start: 0, end: complete.length }, "supportedVersions");
  const versions: unknown = range === undefined ? undefined : parseRange(complete, range);
  if (range === undefined || !Array.isArray(versions)) return complete;
  const known = versions.filter((version) => isKnownVersion(version));
  if (known.length === versions.length) return complete;
  return replaceRanges(complete, [{ ...range, bytes: JSON.stringify(known) }]);
}

function toResult(result: Buffer): CallAnswer {
  return { kind: "result", result };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
