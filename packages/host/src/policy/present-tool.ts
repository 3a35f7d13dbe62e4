import { findMember, type RangeEdit, replaceRanges } from "@fairlead/mcp";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** What agents are shown instead of a tool's own words. Undefined leaves what is there. */
export interface ToolChanges {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Added to `_meta`; keys that the tool has itself stay as they are. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

/** Gives a raw tool entry with changes spliced in; every other byte is the server's. */
export function presentTool(raw: Buffer, changes: ToolChanges): Buffer {
  const { name, description, meta } = changes;
  const whole = { start: 0, end: raw.length };
  const edits: RangeEdit[] = [];
  const added: string[] = [];
  const set = (key: string, value: unknown): void => {
    const range = findMember(raw, whole, key);
    if (range === undefined) added.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
    else edits.push({ ...range, bytes: JSON.stringify(value) });
  };
  if (name !== undefined) set("name", name);
  if (description !== undefined) set("description", description);
  if (meta !== undefined) {
    const range = findMember(raw, whole, "_meta");
    const edit = range === undefined || raw[range.start] !== 0x7b ? undefined : addInside(raw, range, meta);
    if (edit === undefined) set("_meta", meta);
    else edits.push(edit);
  }
  // A tool has members of its own: one without a name is shown to nobody.
  const inside = raw.indexOf("{") + 1;
  if (added.length > 0) edits.push({ start: inside, end: inside, bytes: `${added.join(",")},` });
  return edits.length === 0 ? raw : replaceRanges(raw, edits);
}

/** What configuration changes about a tool beside its name. */
export function configuredChanges(definition: ServerDefinition, rawName: string): ToolChanges {
  const { tools = {}, supportsParallelToolCalls, context } = definition;
  const settings = Object.hasOwn(tools, rawName) ? tools[rawName] : undefined;
  const meta = {
    // Only what is unlike the usual: the entries of most servers stay as they wrote them.
    ...(supportsParallelToolCalls === false ? { "fairlead/supportsParallelToolCalls": false } : {}),
    ...(context === "local" ? { "fairlead/context": context } : {}),
  };
  return {
    description: settings?.description,
    meta: Object.keys(meta).length === 0 ? undefined : meta,
  };
}

function addInside(
  raw: Buffer,
  range: { readonly start: number; readonly end: number },
  members: Readonly<Record<string, unknown>>,
): RangeEdit {
  const missing = Object.entries(members).filter(([key]) => findMember(raw, range, key) === undefined);
  const text = missing.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",");
  const isEmpty = raw.toString("utf8", range.start + 1, range.end - 1).trim() === "";
  const bytes = text === "" || isEmpty ? text : `${text},`;
  return { start: range.start + 1, end: range.start + 1, bytes };
}
