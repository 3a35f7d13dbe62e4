import type { ListMethod } from "@fairlead/mcp";

/** How agents of the legacy era are told that a list has changed. */
export const listNotifications: Readonly<Record<ListMethod, string>> = {
  "tools/list": "notifications/tools/list_changed",
  "prompts/list": "notifications/prompts/list_changed",
  "resources/list": "notifications/resources/list_changed",
  "resources/templates/list": "notifications/resources/list_changed",
};
