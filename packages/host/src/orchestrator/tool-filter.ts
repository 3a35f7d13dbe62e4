import { matchesGlob } from "./matches-glob.js";
import type { ServerDefinition } from "./server-definition.js";

/** Tells whether configuration lets agents see and call a tool: enabled first, then what is disabled is taken away. */
export function createToolFilter(
  definition: Pick<ServerDefinition, "enabledTools" | "disabledTools">,
): (rawName: string) => boolean {
  const { enabledTools, disabledTools } = definition;
  return (rawName) =>
    (enabledTools === undefined || enabledTools.some((glob) => matchesGlob(glob, rawName))) &&
    !disabledTools.some((glob) => matchesGlob(glob, rawName));
}
