import type { ByteRange } from "./json-scan.js";

/** Builds a request line. Raw parts are JSON and are taken over byte for byte. */
export function buildRequest(parts: {
  readonly idRaw: Uint8Array | string;
  readonly method: string;
  readonly paramsRaw?: Uint8Array | undefined;
}): Buffer {
  const head = `{"jsonrpc":"2.0","id":${textOf(parts.idRaw)},"method":${JSON.stringify(parts.method)}`;
  return buildCall(head, parts.paramsRaw);
}

/** Builds a notification line. */
export function buildNotification(parts: {
  readonly method: string;
  readonly paramsRaw?: Uint8Array | undefined;
}): Buffer {
  return buildCall(`{"jsonrpc":"2.0","method":${JSON.stringify(parts.method)}`, parts.paramsRaw);
}

/** Builds the line of a successful answer. */
export function buildResult(parts: {
  readonly idRaw: Uint8Array | string;
  readonly resultRaw: Uint8Array;
}): Buffer {
  return joinLine(`{"jsonrpc":"2.0","id":${textOf(parts.idRaw)},"result":`, parts.resultRaw);
}

/** Builds the line of a failed answer whose error object is at hand as bytes. */
export function buildError(parts: {
  readonly idRaw: Uint8Array | string;
  readonly errorRaw: Uint8Array;
}): Buffer {
  return joinLine(`{"jsonrpc":"2.0","id":${textOf(parts.idRaw)},"error":`, parts.errorRaw);
}

/** Builds the line of a failed answer of our own. */
export function buildErrorResponse(parts: {
  readonly idRaw: Uint8Array | string;
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}): Buffer {
  const { idRaw, code, message, data } = parts;
  return buildError({ idRaw, errorRaw: Buffer.from(JSON.stringify({ code, message, data })) });
}

/** One replacement in {@link replaceRanges}. */
export interface RangeEdit extends ByteRange {
  readonly bytes: Uint8Array | string;
}

/** Gives a copy of the bytes with some ranges replaced. The ranges must not overlap; their order does not matter. */
export function replaceRanges(bytes: Uint8Array, edits: readonly RangeEdit[]): Buffer {
  const parts: Uint8Array[] = [];
  let pos = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < pos || edit.end < edit.start || edit.end > bytes.length) {
      throw new RangeError(`Cannot replace bytes ${edit.start} to ${edit.end}: outside or overlapping`);
    }
    parts.push(bytes.subarray(pos, edit.start), bytesOf(edit.bytes));
    pos = edit.end;
  }
  parts.push(bytes.subarray(pos));
  return Buffer.concat(parts);
}

/** Joins raw items to an array. */
export function joinArray(items: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from("[")];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(Buffer.from(","));
    parts.push(item);
  }
  parts.push(Buffer.from("]"));
  return Buffer.concat(parts);
}

function buildCall(head: string, paramsRaw: Uint8Array | undefined): Buffer {
  if (paramsRaw === undefined) return Buffer.from(`${head}}\n`);
  return joinLine(`${head},"params":`, paramsRaw);
}

const lineEnd = Buffer.from("}\n");

function joinLine(head: string, raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(head), withoutLineBreaks(raw), lineEnd]);
}

/** Line breaks in JSON are white space, as in a pretty-printed HTTP body; on stdio they would end the message. */
function withoutLineBreaks(raw: Uint8Array): Uint8Array {
  if (!raw.includes(0x0a) && !raw.includes(0x0d)) return raw;
  return raw.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}

function textOf(raw: Uint8Array | string): string {
  return typeof raw === "string"
    ? raw
    : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("utf8");
}

function bytesOf(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}
