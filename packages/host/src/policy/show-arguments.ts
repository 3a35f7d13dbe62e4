import { plainText } from "./plain-text.js";

/** Bytes of arguments that a question shows: what a person can still read. */
export const shownArgumentBytes = 2_048;

const secretKey =
  /passw|passphrase|secret|token|api[-_]?key|private[-_]?key|credential|authorization|cookie|bearer/i;
const secretText = /^(bearer|basic)\s+\S/i;

/**
 * Gives a tool's arguments as indented JSON for a person who is to approve them: texts under keys that look like secrets
 * show only their length, characters that deceive the eye are spelled out, and what is too long is cut, which it says.
 * @param value the parsed arguments; undefined if there are none
 */
export function showArguments(value: unknown, maxBytes = shownArgumentBytes): string {
  if (value === undefined) return "none";
  return cutText(plainText(JSON.stringify(masked(value, false), undefined, 2)), maxBytes);
}

function masked(value: unknown, isSecret: boolean): unknown {
  if (typeof value === "string") {
    return isSecret || secretText.test(value) ? `*** (${value.length} characters)` : value;
  }
  if (Array.isArray(value)) return value.map((element) => masked(element, isSecret));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(
    ([key, member]) => [key, masked(member, isSecret || secretKey.test(key))] as const,
  );
  return Object.fromEntries(members);
}

/** Cuts a text that is too long between two characters, and says so. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // Not amid a character: its later bytes all look like 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}\n… (${bytes.length - end} more bytes)`;
}
