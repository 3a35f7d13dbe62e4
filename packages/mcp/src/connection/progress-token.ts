import { replaceRanges } from "../envelope/build-message.js";
import type { ByteRange } from "../envelope/json-scan.js";
import { findMember, sliceRange } from "../envelope/members.js";

/** The params of a call with our token in place of the caller's. */
export interface TokenSwap {
  readonly params: Uint8Array | undefined;
  /** What the caller had there, as raw JSON; undefined if the call asks for no progress. */
  readonly callerToken: Buffer | undefined;
}

/** Replaces `_meta.progressToken` by a number that is unique on this connection. */
export function swapProgressToken(params: Uint8Array | undefined, upstreamToken: number): TokenSwap {
  if (params === undefined) return { params, callerToken: undefined };
  const bytes = Buffer.from(params.buffer, params.byteOffset, params.byteLength);
  const token = findToken(bytes);
  if (token === undefined) return { params, callerToken: undefined };
  const callerToken = Buffer.from(sliceRange(bytes, token));
  return { params: replaceRanges(bytes, [{ ...token, bytes: String(upstreamToken) }]), callerToken };
}

function findToken(bytes: Buffer): ByteRange | undefined {
  const meta = findMember(bytes, { start: 0, end: bytes.length }, "_meta");
  const token = meta === undefined ? undefined : findMember(bytes, meta, "progressToken");
  // Only strings and numbers are tokens; anything else is left for the server to refuse.
  if (token === undefined || /^["\-0-9]/.test(bytes.toString("latin1", token.start, token.start + 1)))
    return token;
  return undefined;
}

/** Gives the token of a progress notification as a number, or undefined if it cannot be one of ours. */
export function readUpstreamToken(line: Buffer, token: ByteRange): number | undefined {
  // A server that hands tokens on as text has them in quotes.
  const text = sliceRange(line, token).toString("latin1").replaceAll('"', "");
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Gives the params of a progress notification with the caller's own token back in place. */
export function restoreProgressToken(
  line: Buffer,
  params: ByteRange,
  swap: { readonly token: ByteRange; readonly callerToken: Buffer },
): Buffer {
  const { token, callerToken } = swap;
  return replaceRanges(sliceRange(line, params), [
    { start: token.start - params.start, end: token.end - params.start, bytes: callerToken },
  ]);
}
