import { findMember, parseRange } from "@fairlead/mcp";

/** Whether a tool, as its server lists it, says of itself that calling it twice does no more than calling it once. */
export function isHarmlessTwice(tool: Buffer): boolean {
  const range = findMember(tool, { start: 0, end: tool.length }, "annotations");
  const annotations = range === undefined ? undefined : parseRange(tool, range);
  if (typeof annotations !== "object" || annotations === null) return false;
  return ["idempotentHint", "readOnlyHint"].some(
    (hint) => (annotations as Record<string, unknown>)[hint] === true,
  );
}
