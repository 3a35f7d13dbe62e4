import { findMember, parseRange, type ScannedNotification, type ScannedRequest } from "@fairlead/mcp";

/** The two members of a message's params that tell its era; its arguments may be large and are left alone. */
export function eraMarks(message: ScannedRequest | ScannedNotification): object {
  const marks: Record<string, unknown> = {};
  if (message.params === undefined) return marks;
  for (const key of ["_meta", "protocolVersion"]) {
    const range = findMember(message.line, message.params, key);
    if (range !== undefined) marks[key] = parseRange(message.line, range);
  }
  return marks;
}
