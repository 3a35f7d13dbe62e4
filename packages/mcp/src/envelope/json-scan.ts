/** Nesting above which a text is refused: no honest message comes near it, and readers behind us may recurse. */
const maxJsonDepth = 10_000;

/** What a skip answers for a text nested deeper than {@link maxJsonDepth}. */
export const tooDeep = Number.NEGATIVE_INFINITY;

const quote = 0x22;
const backslash = 0x5c;
/** Shorter runs are cheaper to read byte by byte than to hand to the runtime's search. */
const byteRunLimit = 96;

const endsRun = new Uint8Array(256);
endsRun.fill(1, 0, 0x20);
endsRun[quote] = 1;
endsRun[backslash] = 1;

const simpleEscapes = new Uint8Array(256);
for (const char of '"\\/bfnrt') simpleEscapes[char.charCodeAt(0)] = 1;

/** One entry per open container, 1 for an object. Scanning never yields, so that one stack serves every scan. */
const containers = new Uint8Array(maxJsonDepth);

/**
 * Skips one JSON value, checking the whole grammar, without recursion and in linear time.
 * @param strict also refuses raw control bytes in long strings; needed only if {@link hasControlBytes} said so
 * @returns the position after the value, or a negative number: `~position` of the first wrong byte, or {@link tooDeep}
 */
export function skipValue(bytes: Uint8Array, range: ByteRange, strict: boolean): number {
  const { end } = range;
  let pos = range.start;
  let depth = 0;
  for (;;) {
    pos = skipSpace(bytes, pos, end);
    if (pos >= end) return ~pos;
    const byte = bytes[pos];
    if (byte === quote) {
      pos = skipString(bytes, { start: pos, end }, strict);
    } else if (byte === 0x7b || byte === 0x5b) {
      const isObject = byte === 0x7b;
      const next = skipSpace(bytes, pos + 1, end);
      if (next < end && bytes[next] === (isObject ? 0x7d : 0x5d)) {
        pos = next + 1;
      } else {
        if (depth === maxJsonDepth) return tooDeep;
        containers[depth++] = isObject ? 1 : 0;
        pos = isObject ? skipKey(bytes, { start: next, end }, strict) : next;
        if (pos < 0) return pos;
        continue;
      }
    } else {
      pos = skipScalar(bytes, pos, end);
    }
    if (pos < 0) return pos;
    for (;;) {
      if (depth === 0) return pos;
      pos = skipSpace(bytes, pos, end);
      if (pos >= end) return ~pos;
      const isObject = containers[depth - 1] === 1;
      const next = bytes[pos];
      if (next === 0x2c) {
        pos += 1;
        if (isObject) pos = skipKey(bytes, { start: skipSpace(bytes, pos, end), end }, strict);
        if (pos < 0) return pos;
        break;
      }
      if (next !== (isObject ? 0x7d : 0x5d)) return ~pos;
      depth -= 1;
      pos += 1;
    }
  }
}

/** A piece of a buffer; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Gives the first position at or after `pos` that is not JSON white space. */
export function skipSpace(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) break;
    at += 1;
  }
  return at;
}

/** Skips a string that begins at `range.start`; answers like {@link skipValue}. */
export function skipString(bytes: Uint8Array, range: ByteRange, strict: boolean): number {
  const { end } = range;
  let pos = range.start + 1;
  let close = -1;
  for (;;) {
    const runEnd = strict ? end : Math.min(end, pos + byteRunLimit);
    while (pos < runEnd && endsRun[bytes[pos] as number] === 0) pos += 1;
    if (pos === end) return ~end;
    if (pos === runEnd) {
      // The closing quote is remembered: looking for it again after every escape would be quadratic.
      if (close < pos) close = bytes.indexOf(quote, pos);
      if (close === -1 || close >= end) return ~end;
      const escape = bytes.subarray(pos, close).indexOf(backslash);
      if (escape === -1) return close + 1;
      pos += escape;
    }
    const byte = bytes[pos];
    if (byte === quote) return pos + 1;
    if (byte !== backslash) return ~pos;
    pos = skipEscape(bytes, pos, end);
    if (pos < 0) return pos;
  }
}

/** Skips a key and its colon; answers the position after the colon. */
function skipKey(bytes: Uint8Array, range: ByteRange, strict: boolean): number {
  const { start, end } = range;
  if (start >= end || bytes[start] !== quote) return ~start;
  const after = skipString(bytes, range, strict);
  if (after < 0) return after;
  const colon = skipSpace(bytes, after, end);
  return colon < end && bytes[colon] === 0x3a ? colon + 1 : ~colon;
}

function skipEscape(bytes: Uint8Array, pos: number, end: number): number {
  if (pos + 1 >= end) return ~end;
  const kind = bytes[pos + 1] as number;
  if (simpleEscapes[kind] === 1) return pos + 2;
  if (kind !== 0x75) return ~(pos + 1);
  for (let at = pos + 2; at < pos + 6; at += 1) {
    if (at >= end || !isHexDigit(bytes[at] as number)) return ~Math.min(at, end);
  }
  return pos + 6;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function skipScalar(bytes: Uint8Array, pos: number, end: number): number {
  const byte = bytes[pos];
  if (byte === 0x74) return skipWord(bytes, { start: pos, end }, "true");
  if (byte === 0x66) return skipWord(bytes, { start: pos, end }, "false");
  if (byte === 0x6e) return skipWord(bytes, { start: pos, end }, "null");
  return skipNumber(bytes, pos, end);
}

function skipWord(bytes: Uint8Array, { start, end }: ByteRange, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    const at = start + index;
    if (at >= end || bytes[at] !== word.charCodeAt(index)) return ~at;
  }
  return start + word.length;
}

function skipNumber(bytes: Uint8Array, start: number, end: number): number {
  let pos = bytes[start] === 0x2d ? start + 1 : start;
  const leadingZero = pos < end && bytes[pos] === 0x30;
  const whole = skipDigits(bytes, pos, end);
  if (whole === pos) return ~pos;
  if (leadingZero && whole > pos + 1) return ~(pos + 1);
  pos = whole;
  if (pos < end && bytes[pos] === 0x2e) {
    const fraction = skipDigits(bytes, pos + 1, end);
    if (fraction === pos + 1) return ~fraction;
    pos = fraction;
  }
  if (pos < end && ((bytes[pos] as number) | 0x20) === 0x65) {
    const sign = bytes[pos + 1] === 0x2b || bytes[pos + 1] === 0x2d ? pos + 2 : pos + 1;
    const exponent = skipDigits(bytes, sign, end);
    if (exponent === sign) return ~Math.min(sign, end);
    pos = exponent;
  }
  return pos;
}

function skipDigits(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end && isDigit(bytes[at])) at += 1;
  return at;
}

/** Tells whether any byte is below 0x20, four bytes at a time. Only then must long strings be read byte by byte. */
export function hasControlBytes(bytes: Uint8Array): boolean {
  const { length } = bytes;
  const head = Math.min(length, (4 - (bytes.byteOffset & 3)) & 3);
  for (let at = 0; at < head; at += 1) if ((bytes[at] as number) < 0x20) return true;
  const words = (length - head) >> 2;
  const view = new Int32Array(bytes.buffer, bytes.byteOffset + head, words);
  for (let at = 0; at < words; at += 1) {
    const word = view[at] as number;
    // Subtracting 0x20 from each byte borrows into its top bit only where the byte was smaller.
    if (((word - 0x20202020) & ~word & 0x80808080) !== 0) return true;
  }
  for (let at = head + words * 4; at < length; at += 1) if ((bytes[at] as number) < 0x20) return true;
  return false;
}
