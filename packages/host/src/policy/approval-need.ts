import type { ApprovalMode, ServerDefinition } from "../orchestrator/server-definition.js";
import type { ToolHints } from "./tool-hints.js";

/** Why somebody has to be asked, as the end of a sentence that begins with "Asked because". */
export type ApprovalNeed =
  | "the configuration says to ask every time"
  | "the tool does not say that it only reads"
  | "the tool says that it may destroy something"
  | "the tool does not say that it is harmless";

/** How a tool's calls are approved: its own setting, else its server's, else never asked about. */
export function approvalModeOf(
  definition: Pick<ServerDefinition, "tools" | "defaultApproval">,
  rawName: string,
): ApprovalMode {
  const { tools = {}, defaultApproval = "approve" } = definition;
  return (Object.hasOwn(tools, rawName) ? tools[rawName]?.approval : undefined) ?? defaultApproval;
}

/** Tells why a call needs approval; undefined if it needs none. Hints are the server's own words, and nobody checks them. */
export function approvalNeed(mode: ApprovalMode, hints: ToolHints): ApprovalNeed | undefined {
  if (mode === "approve") return undefined;
  if (mode === "prompt") return "the configuration says to ask every time";
  if (mode === "writes") {
    return hints.readOnly === true ? undefined : "the tool does not say that it only reads";
  }
  if (hints.destructive === true) return "the tool says that it may destroy something";
  const isHarmless = hints.readOnly === true || (hints.destructive === false && hints.openWorld === false);
  return isHarmless ? undefined : "the tool does not say that it is harmless";
}
