import { findMember, parseRange } from "@fairlead/mcp";

/** What a tool says of itself in its `annotations`. Undefined is what it does not say, or says with no boolean. */
export interface ToolHints {
  readonly readOnly: boolean | undefined;
  readonly destructive: boolean | undefined;
  readonly openWorld: boolean | undefined;
}

/** Reads the hints of a tool. @param tool as its server lists it; undefined if it does not, which tells nothing */
export function readToolHints(tool: Buffer | undefined): ToolHints {
  const range =
    tool === undefined ? undefined : findMember(tool, { start: 0, end: tool.length }, "annotations");
  const value = tool === undefined || range === undefined ? undefined : parseRange(tool, range);
  const annotations = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const hint = (key: string): boolean | undefined => {
    const said = annotations[key];
    return typeof said === "boolean" ? said : undefined;
  };
  return {
    readOnly: hint("readOnlyHint"),
    destructive: hint("destructiveHint"),
    openWorld: hint("openWorldHint"),
  };
}
