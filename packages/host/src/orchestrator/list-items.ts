import { findMember, type ListedItem, type ListMethod, parseRange, textMember } from "@fairlead/mcp";

/** What a server must announce for a list to exist. */
export const capabilityOfList: Readonly<Record<ListMethod, string>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resources",
};

/** Whether two lists are the same to the byte, in the same order. */
export function sameItems(one: readonly ListedItem[], other: readonly ListedItem[]): boolean {
  // What was read once is given to everybody, and compared for each of them.
  if (one === other) return true;
  return one.length === other.length && one.every(({ raw }, at) => other[at]?.raw.equals(raw) === true);
}

/** Makes an item of its raw JSON, as a list of the server would. */
export function toListedItem(text: string): ListedItem {
  const raw = Buffer.from(text);
  return {
    raw,
    name: textMember(raw, "name"),
    uri: textMember(raw, "uri") ?? textMember(raw, "uriTemplate"),
  };
}

/** Whether one page of a list says that it is meant for one caller only. */
export function isPrivatePage(page: Buffer): boolean {
  return textMember(page, "cacheScope") === "private";
}

/** For how many milliseconds a page says that it may be shown again; 0 if it does not. */
export function freshMsOfPage(page: Buffer): number {
  const range = findMember(page, { start: 0, end: page.length }, "ttlMs");
  const ttlMs = range === undefined ? undefined : parseRange(page, range);
  return typeof ttlMs === "number" ? Math.max(0, ttlMs) : 0;
}
