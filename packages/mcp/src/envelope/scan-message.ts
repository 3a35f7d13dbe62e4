import { createEnvelopeProbe } from "./envelope-probe.js";
import { type ByteRange, hasControlBytes, skipSpace, skipValue, tooDeep } from "./json-scan.js";
import { decodeString, eachMember, sliceRange } from "./members.js";
import { type MessageId, readMessageId } from "./message-id.js";

/** A message of either side, told apart by its envelope only; what it carries was checked to be JSON, not parsed. */
export type ScannedMessage =
  | ScannedRequest
  | ScannedNotification
  | ScannedResult
  | ScannedErrorAnswer
  | InvalidMessage;

/** A call that wants an answer. An id of null is answered like any other. */
export interface ScannedRequest {
  readonly kind: "request";
  /** The line that every range points into. */
  readonly line: Buffer;
  readonly id: MessageId;
  readonly idRange: ByteRange;
  readonly method: string;
  readonly methodRange: ByteRange;
  readonly params: ByteRange | undefined;
}

/** A message that nobody answers. */
export interface ScannedNotification {
  readonly kind: "notification";
  readonly line: Buffer;
  readonly method: string;
  readonly methodRange: ByteRange;
  readonly params: ByteRange | undefined;
}

/** A successful answer; `result` may be any JSON value, null included. */
export interface ScannedResult {
  readonly kind: "result";
  readonly line: Buffer;
  readonly id: MessageId;
  readonly idRange: ByteRange;
  readonly result: ByteRange;
}

/** A failed answer. Peers that could not read a request send one without an id or with null. */
export interface ScannedErrorAnswer {
  readonly kind: "error";
  readonly line: Buffer;
  readonly id: MessageId | undefined;
  readonly idRange: ByteRange | undefined;
  readonly error: ByteRange;
}

/** A line that is no message. It is reported, never forwarded. */
export interface InvalidMessage {
  readonly kind: "invalid";
  readonly line: Buffer;
  readonly problem: InvalidReason;
  /** The problem in words, without the line's content. */
  readonly text: string;
  /** The id, where one could be made out: whoever waits for it must not wait for ever. */
  readonly id: MessageId | undefined;
  /** Whether it looks like a request or notification rather than an answer. */
  readonly hasMethod: boolean;
}

/** Why a line is no message. `batch` is valid JSON-RPC, but only one revision of MCP allowed it. */
export type InvalidReason = "not_json" | "too_deep" | "batch" | "not_object" | "bad_id" | "bad_envelope";

/**
 * Reads the envelope of one JSON-RPC message without parsing what it carries. Lenient where nothing is lost: `jsonrpc`
 * may be missing, extra members are ignored, of equal keys the last one counts. It never throws.
 */
export function scanMessage(line: Buffer): ScannedMessage {
  const start = skipSpace(line, skipByteOrderMark(line), line.length);
  const end = line.length;
  const strict = hasControlBytes(line);
  if (line[start] !== 0x7b) return refuseNonObject(line, { start, end }, strict);
  const parts: Partial<Record<string, ByteRange>> = {};
  const after = eachMember(
    line,
    { start, end },
    {
      strict,
      visit: (key, value) => {
        const name = envelopeKey(line, key);
        if (name !== undefined) parts[name] = value;
      },
    },
  );
  const wrongAt = after < 0 ? after : trailing(line, after);
  if (wrongAt < 0) return refuseBroken(line, wrongAt);
  return classify(line, parts);
}

function classify(line: Buffer, parts: Partial<Record<string, ByteRange>>): ScannedMessage {
  const idRange = parts["id"];
  const methodRange = parts["method"];
  const id = idRange === undefined ? undefined : readMessageId(sliceRange(line, idRange));
  const hasMethod = methodRange !== undefined;
  if (idRange !== undefined && id === undefined) {
    return invalid(line, "bad_id", { text: "its id is neither a string nor a number", hasMethod });
  }
  if (methodRange !== undefined) {
    if (line[methodRange.start] !== 0x22) {
      return invalid(line, "bad_envelope", { text: "its method is not a string", id, hasMethod });
    }
    const call = { line, method: decodeString(line, methodRange), methodRange, params: parts["params"] };
    if (id === undefined || idRange === undefined) return { kind: "notification", ...call };
    return { kind: "request", ...call, id, idRange };
  }
  const { result } = parts as { result?: ByteRange };
  const error = parts["error"];
  if (error !== undefined && !isNull(line, error)) return { kind: "error", line, id, idRange, error };
  if (result === undefined) {
    return invalid(line, "bad_envelope", { text: "it has neither method, result nor error", id });
  }
  if (id === undefined || idRange === undefined) {
    return invalid(line, "bad_envelope", { text: "it is a result without an id" });
  }
  return { kind: "result", line, id, idRange, result };
}

const envelopeKeys: ReadonlySet<string> = new Set(["id", "method", "params", "result", "error"]);

function envelopeKey(line: Buffer, key: ByteRange): string | undefined {
  // Six bytes a letter (\u0069) is the longest way to write the longest of them.
  if (key.end - key.start > 2 + 6 * "method".length) return undefined;
  const text = decodeString(line, key);
  return envelopeKeys.has(text) ? text : undefined;
}

function isNull(line: Buffer, range: ByteRange): boolean {
  return line[range.start] === 0x6e;
}

function skipByteOrderMark(line: Buffer): number {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
}

/** Answers `~position` of the first byte after the value that is not white space, else the end. */
function trailing(line: Buffer, after: number): number {
  const next = skipSpace(line, after, line.length);
  return next === line.length ? next : ~next;
}

function refuseNonObject(line: Buffer, range: ByteRange, strict: boolean): InvalidMessage {
  const after = skipValue(line, range, strict);
  const wrongAt = after < 0 ? after : trailing(line, after);
  if (wrongAt < 0) return refuseBroken(line, wrongAt);
  if (line[range.start] === 0x5b) return invalid(line, "batch", { text: "it is a batch" });
  return invalid(line, "not_object", { text: "it is JSON, but not an object" });
}

function refuseBroken(line: Buffer, wrongAt: number): InvalidMessage {
  const probe = createEnvelopeProbe();
  probe.push(line);
  const { id, hasMethod } = probe.end();
  if (wrongAt === tooDeep)
    return invalid(line, "too_deep", { text: "it is nested too deeply", id, hasMethod });
  return invalid(line, "not_json", { text: `it is not JSON from byte ${~wrongAt} on`, id, hasMethod });
}

interface InvalidParts {
  readonly text: string;
  readonly id?: MessageId | undefined;
  readonly hasMethod?: boolean;
}

function invalid(line: Buffer, problem: InvalidReason, parts: InvalidParts): InvalidMessage {
  const { text, id, hasMethod = false } = parts;
  return { kind: "invalid", line, problem, text, id, hasMethod };
}
