import { type ByteRange, skipSpace, skipString, skipValue } from "./json-scan.js";

/**
 * Finds a member of the object at `range` in text that {@link scanMessage} has accepted. Of equal keys the last one
 * counts, as with JSON.parse.
 * @returns the range of its value; undefined if there is none or the text at `range` is not an object
 */
export function findMember(bytes: Buffer, range: ByteRange, key: string): ByteRange | undefined {
  let found: ByteRange | undefined;
  eachMember(bytes, range, {
    visit: (keyRange, value) => {
      if (isKey(bytes, keyRange, key)) found = value;
    },
  });
  return found;
}

/** Reads one text member out of a raw JSON object; undefined if there is none, or something else than a text. */
export function textMember(json: Uint8Array | undefined, key: string): string | undefined {
  if (json === undefined) return undefined;
  const raw = Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const range = findMember(raw, { start: 0, end: raw.length }, key);
  return range === undefined || raw[range.start] !== 0x22 ? undefined : decodeString(raw, range);
}

/** What a walk over an object calls, and how carefully it reads. */
export interface MemberVisitor {
  /** Told each member in order; the key's range includes its quotes. */
  visit(key: ByteRange, value: ByteRange): void;
  /** See `skipValue`. @default false, for text that was checked before */
  readonly strict?: boolean;
}

/**
 * Walks over the members of the object at `range` once.
 * @returns the position after the object, or a negative number as `skipValue` gives it
 */
export function eachMember(bytes: Buffer, range: ByteRange, visitor: MemberVisitor): number {
  const { end } = range;
  const strict = visitor.strict ?? false;
  let pos = skipSpace(bytes, range.start, end);
  if (pos >= end || bytes[pos] !== 0x7b) return ~pos;
  pos = skipSpace(bytes, pos + 1, end);
  if (pos < end && bytes[pos] === 0x7d) return pos + 1;
  for (;;) {
    if (pos >= end || bytes[pos] !== 0x22) return ~pos;
    const keyEnd = skipString(bytes, { start: pos, end }, strict);
    if (keyEnd < 0) return keyEnd;
    const colon = skipSpace(bytes, keyEnd, end);
    if (colon >= end || bytes[colon] !== 0x3a) return ~colon;
    const start = skipSpace(bytes, colon + 1, end);
    const valueEnd = skipValue(bytes, { start, end }, strict);
    if (valueEnd < 0) return valueEnd;
    visitor.visit({ start: pos, end: keyEnd }, { start, end: valueEnd });
    pos = skipSpace(bytes, valueEnd, end);
    if (pos >= end) return ~pos;
    if (bytes[pos] === 0x7d) return pos + 1;
    if (bytes[pos] !== 0x2c) return ~pos;
    pos = skipSpace(bytes, pos + 1, end);
  }
}

/**
 * Gives the ranges of the elements of the array at `range`, in text that was accepted before.
 * @returns undefined if the text at `range` is not an array
 */
export function elementRanges(bytes: Buffer, range: ByteRange): ByteRange[] | undefined {
  const { end } = range;
  let pos = skipSpace(bytes, range.start, end);
  if (pos >= end || bytes[pos] !== 0x5b) return undefined;
  const ranges: ByteRange[] = [];
  pos = skipSpace(bytes, pos + 1, end);
  while (pos < end && bytes[pos] !== 0x5d) {
    const valueEnd = skipValue(bytes, { start: pos, end }, false);
    if (valueEnd < 0) return undefined;
    ranges.push({ start: pos, end: valueEnd });
    pos = skipSpace(bytes, valueEnd, end);
    if (pos < end && bytes[pos] === 0x2c) pos = skipSpace(bytes, pos + 1, end);
  }
  return ranges;
}

/** Tells whether the string at `range`, quotes included, is this one. Escapes are decoded only if there are any. */
function isKey(bytes: Buffer, range: ByteRange, key: string): boolean {
  const shortest = key.length + 2;
  if (range.end - range.start < shortest) return false;
  return decodeString(bytes, range) === key;
}

/** Decodes the JSON string at `range`, quotes included. */
export function decodeString(bytes: Buffer, range: ByteRange): string {
  const inner = bytes.subarray(range.start + 1, range.end - 1);
  const text = inner.toString("utf8");
  if (!inner.includes(0x5c)) return text;
  return JSON.parse(`"${text}"`) as string;
}

/** Parses the value at `range`, or the whole buffer. @throws SyntaxError for text that no scan has accepted */
export function parseRange(bytes: Buffer, range: ByteRange = { start: 0, end: bytes.length }): unknown {
  return JSON.parse(bytes.toString("utf8", range.start, range.end)) as unknown;
}

/** Gives the bytes at `range` without copying them. */
export function sliceRange(bytes: Buffer, range: ByteRange): Buffer {
  return bytes.subarray(range.start, range.end);
}

/** The same bytes as a Buffer, not copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
