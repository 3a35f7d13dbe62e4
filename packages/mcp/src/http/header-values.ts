const prefix = "=?base64?";
const suffix = "?=";

/** Printable ASCII, blanks inside only, or nothing: what every hop carries unchanged. */
const plainValue = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;

/**
 * Gives a text as the value of an `Mcp-*` header: as it is where HTTP carries it unchanged, else, or if it looks encoded
 * already, as `=?base64?…?=` of its UTF-8 (SEP-2243).
 */
export function encodeHeaderValue(text: string): string {
  const looksEncoded = text.startsWith(prefix) && text.endsWith(suffix);
  if (plainValue.test(text) && !looksEncoded) return text;
  return `${prefix}${Buffer.from(text).toString("base64")}${suffix}`;
}
