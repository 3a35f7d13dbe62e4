import { isJsonObject } from "@fairlead/core";
import type { InitializeResult } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";

const listed = ["tools", "prompts", "resources"] as const;

/** Gives the notices that all lists of a server may have changed: of those lists that it has. */
export function toldChanges({ value }: InitializeResult): readonly Buffer[] {
  const { capabilities } = value as { capabilities?: unknown };
  const has = isJsonObject(capabilities) ? capabilities : {};
  return listed
    .filter((list) => has[list] !== undefined)
    .map((list) => buildNotification({ method: `notifications/${list}/list_changed` }));
}
