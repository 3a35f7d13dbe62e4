import { replaceRanges } from "../envelope/build-message.js";
import { findMember, parseRange } from "../envelope/members.js";
import { removalEdits } from "../eras/edit-members.js";
import { listNotifications, listsChangedBy } from "../lists/list-notifications.js";

/** More pages than any list has that is followed, see `listAll`. */
const maxEntries = 400;
/** What all pages of one connection may take; the oldest go first. */
const maxBytes = 32 * 1024 * 1024;

const cachedMethods: ReadonlySet<string> = new Set(Object.keys(listNotifications));

/**
 * Pages of lists, kept as long as the server allows (`ttlMs`) and it does not say that they changed. Several agents may
 * share the connection, so pages for one of them alone (`cacheScope: "private"`) are not kept.
 */
export interface ListCache {
  /** The page that a request would get, if it is fresh. */
  find(method: string, paramsRaw: Buffer | undefined): Buffer | undefined;
  /** Announces a request; give its result to the answer. A list that was forgotten meanwhile is not kept. */
  expect(method: string, paramsRaw: Buffer | undefined): (resultRaw: Buffer) => void;
  /** Forgets what a notification says has changed. */
  forget(notification: string): void;
}

/** Makes an empty cache. @param nowMs the clock, in milliseconds */
export function createListCache(nowMs: () => number = () => performance.now()): ListCache {
  const pages = new Map<string, { readonly resultRaw: Buffer; readonly freshUntilMs: number }>();
  const changes = new Map<string, number>();
  const sizeBytes = (): number => {
    let sum = 0;
    for (const { resultRaw } of pages.values()) sum += resultRaw.length;
    return sum;
  };
  return {
    find(method, paramsRaw) {
      if (!cachedMethods.has(method)) return undefined;
      const page = pages.get(pageKey(method, paramsRaw));
      return page !== undefined && nowMs() < page.freshUntilMs ? page.resultRaw : undefined;
    },
    expect(method, paramsRaw) {
      if (!cachedMethods.has(method)) return () => {};
      const changesBefore = changes.get(method) ?? 0;
      return (resultRaw) => {
        const ttlMs = readTtlMs(resultRaw);
        if (ttlMs <= 0 || isPrivate(resultRaw) || (changes.get(method) ?? 0) !== changesBefore) return;
        const key = pageKey(method, paramsRaw);
        pages.delete(key);
        if (resultRaw.length > maxBytes) return;
        pages.set(key, { resultRaw, freshUntilMs: nowMs() + ttlMs });
        for (const oldest of pages.keys()) {
          if (pages.size <= maxEntries && sizeBytes() <= maxBytes) break;
          pages.delete(oldest);
        }
      };
    },
    forget(notification) {
      for (const method of listsChangedBy(notification)) {
        changes.set(method, (changes.get(method) ?? 0) + 1);
        for (const key of pages.keys()) if (key.startsWith(`${method}\n`)) pages.delete(key);
      }
    },
  };
}

/** What the caller says about itself, or wants to be told meanwhile, makes no other page. */
function pageKey(method: string, paramsRaw: Buffer | undefined): string {
  if (paramsRaw === undefined) return `${method}\n{}`;
  const whole = { start: 0, end: paramsRaw.length };
  const removed = removalEdits(paramsRaw, whole, (key) => key === "_meta");
  const bare = removed === undefined ? paramsRaw : replaceRanges(paramsRaw, removed.edits);
  return `${method}\n${bare.toString("utf8").trim()}`;
}

function readTtlMs(resultRaw: Buffer): number {
  const range = findMember(resultRaw, { start: 0, end: resultRaw.length }, "ttlMs");
  const ttlMs = range === undefined ? undefined : parseRange(resultRaw, range);
  return typeof ttlMs === "number" ? ttlMs : 0;
}

function isPrivate(resultRaw: Buffer): boolean {
  const range = findMember(resultRaw, { start: 0, end: resultRaw.length }, "cacheScope");
  return range !== undefined && parseRange(resultRaw, range) === "private";
}
