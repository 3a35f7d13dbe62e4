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

/**
 * Gives the text that {@link encodeHeaderValue} made a header value of; what is not encoded is the text itself.
 * @returns undefined if it looks encoded and is no base64 of UTF-8
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!value.startsWith(prefix) || !value.endsWith(suffix) || value.length < prefix.length + suffix.length) {
    return value;
  }
  const encoded = value.slice(prefix.length, -suffix.length);
  const bytes = Buffer.from(encoded, "base64");
  // Buffer reads past what is no base64; only what comes back the same was right.
  if (bytes.toString("base64") !== encoded) return undefined;
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
