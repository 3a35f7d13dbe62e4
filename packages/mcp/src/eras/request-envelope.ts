import { type JsonObject } from "@fairlead/core";
import { type RangeEdit, replaceRanges } from "../envelope/build-message.js";
import { findMember, parseRange } from "../envelope/members.js";
import { additionEdits, addMembers, memberRanges, removalEdits } from "./edit-members.js";
import { metaKeys } from "./meta-keys.js";

/** What a client says about itself in every modern request. */
export interface RequestEnvelope {
  readonly protocolVersion: string;
  readonly clientInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** The least severe log message that is wanted. @default what the caller's own `_meta` says, else none are */
  readonly logLevel?: string | undefined;
}

/**
 * Puts the envelope into the `_meta` of raw params. Every other byte stays, other members of `_meta` included; what the
 * caller has under our keys is replaced, because one request must not speak for two clients.
 * @param paramsRaw undefined gives params that hold the envelope only; what is no object comes back as it is
 */
export function addEnvelope(paramsRaw: Buffer | undefined, envelope: RequestEnvelope): Buffer {
  const members = envelopeMembers(envelope);
  if (paramsRaw === undefined) return Buffer.from(JSON.stringify({ _meta: members }));
  const meta = findMember(paramsRaw, { start: 0, end: paramsRaw.length }, "_meta");
  if (meta === undefined) return addMembers(paramsRaw, { _meta: members });
  const metaRaw = paramsRaw.subarray(meta.start, meta.end);
  return replaceRanges(paramsRaw, [{ ...meta, bytes: replaceMembers(metaRaw, members) }]);
}

/**
 * Lets the params of a caller who speaks the modern era itself pass as they are; only the revision is made the one that
 * the server and we agreed on.
 * @returns undefined if they carry no envelope
 */
export function adoptEnvelope(paramsRaw: Buffer, protocolVersion: string): Buffer | undefined {
  const meta = findMember(paramsRaw, { start: 0, end: paramsRaw.length }, "_meta");
  const version = meta === undefined ? undefined : findMember(paramsRaw, meta, metaKeys.protocolVersion);
  if (version === undefined) return undefined;
  if (parseRange(paramsRaw, version) === protocolVersion) return paramsRaw;
  return replaceRanges(paramsRaw, [{ ...version, bytes: JSON.stringify(protocolVersion) }]);
}

/** Replaces members of a raw JSON object, or adds them; what is no object is replaced as a whole. */
function replaceMembers(raw: Buffer, members: JsonObject): Buffer {
  const isOurs = (key: string): boolean => members[key] !== undefined;
  const removed = removalEdits(raw, { start: 0, end: raw.length }, isOurs);
  if (removed === undefined) return Buffer.from(JSON.stringify(members));
  const kept = removed.edits.length === 0 ? raw : replaceRanges(raw, removed.edits);
  const edits: readonly RangeEdit[] = additionEdits(kept, memberRanges(kept) ?? new Map(), members);
  return replaceRanges(kept, edits);
}

function envelopeMembers({ protocolVersion, clientInfo, capabilities, logLevel }: RequestEnvelope) {
  return {
    [metaKeys.protocolVersion]: protocolVersion,
    [metaKeys.clientInfo]: clientInfo,
    [metaKeys.clientCapabilities]: capabilities,
    ...(logLevel === undefined ? {} : { [metaKeys.logLevel]: logLevel }),
  };
}
