import type { ServerDefinition } from "./server-definition.js";

/**
 * Whether a copy that runs for one definition can go on for another one: its launch, and who may use it, are the same.
 * Limits, filters, approvals and names may differ. Without instance keys nobody can tell.
 */
export function isSameLaunch(former: ServerDefinition, next: ServerDefinition): boolean {
  return (
    former.instanceKey !== undefined &&
    former.instanceKey === next.instanceKey &&
    former.name === next.name &&
    (former.share ?? "client") === (next.share ?? "client") &&
    // What an agent's headers say belongs to the session with the server.
    String(former.forwardHeaders ?? []) === String(next.forwardHeaders ?? [])
  );
}
