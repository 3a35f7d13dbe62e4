import { decodeString, findMember } from "@fairlead/mcp";

/** Reads one text member out of a raw JSON object; undefined if there is none, or something else than a text. */
export function textMember(json: Uint8Array | undefined, key: string): string | undefined {
  if (json === undefined) return undefined;
  const raw = Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const range = findMember(raw, { start: 0, end: raw.length }, key);
  return range === undefined || raw[range.start] !== 0x22 ? undefined : decodeString(raw, range);
}
