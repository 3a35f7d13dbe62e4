import { isUtf8 } from "node:buffer";

/**
 * Text of the system may hold bytes that are no UTF-8. Here such a byte is a lone surrogate, U+DC80 to U+DCFF, which no
 * valid text contains: so paths and variables stay texts until they are handed back to the system.
 */
const rawByte = /[\u{DC80}-\u{DCFF}]/u;
const rawBase = 0xdc00;

/** Reads what the system gave; bytes that are no UTF-8 are kept, see {@link toSystemBytes}. */
export function fromSystemBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const parts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const end = at + sequenceLength(lead);
    const sequence = bytes.subarray(at, end);
    const isText = end <= bytes.length && isUtf8(sequence);
    parts.push(isText ? sequence.toString("utf8") : String.fromCharCode(rawBase + lead));
    at = isText ? end : at + 1;
  }
  return parts.join("");
}

/** The bytes that a text of {@link fromSystemBytes} was made of. */
export function toSystemBytes(text: string): Buffer {
  if (!hasRawBytes(text)) return Buffer.from(text, "utf8");
  const pieces = text.split(/([\u{DC80}-\u{DCFF}])/u);
  return Buffer.concat(
    pieces.map((piece) =>
      hasRawBytes(piece) ? Buffer.from([piece.charCodeAt(0) - rawBase]) : Buffer.from(piece, "utf8"),
    ),
  );
}

/** Whether a text stands for bytes that are no UTF-8. Node can neither look at such a path nor pass such a value by itself. */
export function hasRawBytes(text: string): boolean {
  return rawByte.test(text);
}

/** A text as people and other machines can be shown it: U+FFFD stands for each byte that is no UTF-8. */
export function toShownText(text: string): string {
  return hasRawBytes(text) ? Buffer.from(text, "utf8").toString("utf8") : text;
}

/** A path in the form in which Node's file functions find it. */
export function toFilePath(path: string): string | Buffer {
  return hasRawBytes(path) ? toSystemBytes(path) : path;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
