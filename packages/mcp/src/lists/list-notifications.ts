import type { ListMethod } from "./list-all.js";

/** How servers of the legacy era, and agents of it, are told that a list has changed. */
export const listNotifications: Readonly<Record<ListMethod, string>> = {
  "tools/list": "notifications/tools/list_changed",
  "prompts/list": "notifications/prompts/list_changed",
  "resources/list": "notifications/resources/list_changed",
  "resources/templates/list": "notifications/resources/list_changed",
};

/** The lists that a notification says have changed; none for every other one. */
export function listsChangedBy(notification: string): readonly ListMethod[] {
  return listMethods.filter((method) => listNotifications[method] === notification);
}

const listMethods = Object.keys(listNotifications) as ListMethod[];
