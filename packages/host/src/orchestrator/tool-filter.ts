import type { ServerDefinition } from "./server-definition.js";

/** Tells whether configuration lets agents see and call a tool: enabled first, then what is disabled is taken away. */
export function createToolFilter(
  definition: Pick<ServerDefinition, "enabledTools" | "disabledTools">,
): (rawName: string) => boolean {
  const enabled = definition.enabledTools?.map(toPattern);
  const disabled = definition.disabledTools.map(toPattern);
  return (rawName) =>
    (enabled === undefined || enabled.some((pattern) => pattern.test(rawName))) &&
    !disabled.some((pattern) => pattern.test(rawName));
}

/** `*` stands for any run of characters and `?` for one; everything else for itself. */
function toPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}
