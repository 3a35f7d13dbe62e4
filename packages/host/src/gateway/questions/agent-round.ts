import { findMember, type ModernEnvelope, parseRange, replaceRanges, sliceRange } from "@fairlead/mcp";
import type { MessageSink } from "../message-sink.js";

/** One request of a modern agent. A call that is answered with questions takes several of them. */
export interface AgentRound {
  /** What the agent says about itself in this very request. */
  readonly envelope: ModernEnvelope;
  /** Takes what belongs to the call as long as this request is open. */
  readonly sink: MessageSink;
  /** Aborted when the agent takes the request back, or closes its stream. */
  readonly signal: AbortSignal;
  /** Under which the agent wants to hear of progress, as raw JSON. @default it does not */
  readonly tokenRaw: Buffer | undefined;
}

/** What a modern agent says that sends no envelope: nothing may be asked of it. */
export const emptyEnvelope: ModernEnvelope = {
  version: "2026-07-28",
  clientInfo: undefined,
  capabilities: {},
  logLevel: undefined,
};

/** Reads the progress token out of raw params. */
export function readTokenRaw(params: Buffer | undefined): Buffer | undefined {
  const meta =
    params === undefined ? undefined : findMember(params, { start: 0, end: params.length }, "_meta");
  const token =
    params === undefined || meta === undefined ? undefined : findMember(params, meta, "progressToken");
  if (params === undefined || token === undefined) return undefined;
  return ["string", "number"].includes(typeof parseRange(params, token))
    ? sliceRange(params, token)
    : undefined;
}

/** Makes progress of a call's first request one of its present request: each has a token of its own. */
export function withToken(progressRaw: Buffer, tokenRaw: Buffer): Buffer {
  const range = findMember(progressRaw, { start: 0, end: progressRaw.length }, "progressToken");
  if (range === undefined || sliceRange(progressRaw, range).equals(tokenRaw)) return progressRaw;
  return replaceRanges(progressRaw, [{ ...range, bytes: tokenRaw }]);
}
