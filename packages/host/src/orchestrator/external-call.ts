import type { ServerDefinition } from "./server-definition.js";

/** What only settles how a server is to behave: its answer tells an agent's model nothing. */
const silentMethods: ReadonlySet<string> = new Set([
  "codex/sandbox-state/update",
  "logging/setLevel",
  "ping",
  "resources/subscribe",
  "resources/unsubscribe",
]);

/** Whether the answer to a call brings an agent something from outside of what Fairlead itself knows. */
export function isExternalCall({ context }: Pick<ServerDefinition, "context">, method: string): boolean {
  return (context ?? "external") === "external" && !silentMethods.has(method);
}
