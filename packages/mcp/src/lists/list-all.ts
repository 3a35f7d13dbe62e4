import { FairleadError } from "@fairlead/core";
import type { McpChannel } from "../connection/types.js";
import { elementRanges, findMember, parseRange, sliceRange, textMember } from "../envelope/members.js";

/** The lists that a server keeps, and the member of their results that holds the items. */
const listMembers = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
} as const;

/** The method of a list. */
export type ListMethod = keyof typeof listMembers;

/** How far a list is followed. */
export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** For each page. @default none */
  readonly timeoutMs?: number | undefined;
  /** @default 100: a server that pages for ever must not hold up a start */
  readonly maxPages?: number | undefined;
  /** @default 5,000: more than an agent can be shown */
  readonly maxItems?: number | undefined;
}

/** One tool, prompt, resource or template, as the server wrote it. */
export interface ListedItem {
  readonly raw: Buffer;
  /** Undefined if the server gave none, or something else than a text. */
  readonly name: string | undefined;
  /** `uri`, or a template's `uriTemplate`. */
  readonly uri: string | undefined;
}

/** A whole list. */
export interface Listing {
  readonly items: readonly ListedItem[];
  /** The raw result of each page, for what stands beside the items. */
  readonly pages: readonly Buffer[];
  /** What was cut or looked odd, in words. */
  readonly warnings: readonly string[];
}

/**
 * Reads a list to its end, page by page. Items are not judged: a malformed one hides no other.
 * @throws FairleadError as `request` gives it, and `protocol` where the server refuses (details: `rpcCode`) or its
 * answer holds no list
 */
export async function listAll(
  connection: Pick<McpChannel, "request">,
  method: ListMethod,
  options: ListOptions = {},
): Promise<Listing> {
  const { signal, timeoutMs, maxPages = 100, maxItems = 5_000 } = options;
  const items: ListedItem[] = [];
  const pages: Buffer[] = [];
  const warnings: string[] = [];
  const seenCursors = new Set<string>();
  let params: Buffer | undefined;
  for (;;) {
    const answer = await connection.request({ method, params, signal, timeoutMs });
    if (answer.kind === "error") throw refused(method, answer.error);
    const page = answer.result;
    pages.push(page);
    for (const item of pageItems(page, method)) items.push(item);
    const cursor = nextCursor(page);
    if (items.length > maxItems || (items.length === maxItems && cursor !== undefined)) {
      warnings.push(`${method} has more than ${maxItems} items: the rest was left out`);
      items.length = maxItems;
      break;
    }
    if (cursor === undefined) break;
    if (seenCursors.has(cursor)) {
      warnings.push(`${method} gave the same cursor twice: reading stopped after page ${pages.length}`);
      break;
    }
    if (pages.length >= maxPages) {
      warnings.push(`${method} has more than ${maxPages} pages: the rest was left out`);
      break;
    }
    seenCursors.add(cursor);
    params = Buffer.from(`{"cursor":${cursor}}`);
  }
  const nameless = items.filter((item) => item.name === undefined).length;
  if (nameless > 0) warnings.push(`${method}: ${nameless} of ${items.length} items have no name`);
  return { items, pages, warnings };
}

/** Raw, so that a cursor goes back exactly as it came. An empty text is a cursor like any other. */
function nextCursor(page: Buffer): string | undefined {
  const range = findMember(page, { start: 0, end: page.length }, "nextCursor");
  return range === undefined || page[range.start] !== 0x22
    ? undefined
    : sliceRange(page, range).toString("utf8");
}

function pageItems(page: Buffer, method: ListMethod): ListedItem[] {
  const member = listMembers[method];
  const range = findMember(page, { start: 0, end: page.length }, member);
  const elements = range === undefined ? undefined : elementRanges(page, range);
  if (elements === undefined) {
    throw new FairleadError("protocol", `The answer to ${method} holds no array "${member}"`, {
      reason: "frame_invalid",
    });
  }
  return elements.map((element) => {
    const raw = sliceRange(page, element);
    return {
      raw,
      name: textMember(raw, "name"),
      uri: textMember(raw, "uri") ?? textMember(raw, "uriTemplate"),
    };
  });
}

function refused(method: string, error: Buffer): FairleadError {
  const value = parseRange(error) as { readonly code?: unknown; readonly message?: unknown } | null;
  const message = typeof value?.message === "string" ? value.message.slice(0, 512) : "no message";
  return new FairleadError("protocol", `The server refused ${method}: ${message}`, {
    reason: "peer_error",
    details: typeof value?.code === "number" ? { rpcCode: value.code } : {},
  });
}
