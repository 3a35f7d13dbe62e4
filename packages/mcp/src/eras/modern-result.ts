import { type JsonObject } from "@fairlead/core";
import { type RangeEdit, replaceRanges } from "../envelope/build-message.js";
import { parseRange, sliceRange } from "../envelope/members.js";
import { additionEdits, addMembers, memberRanges } from "./edit-members.js";
import { metaKeys } from "./meta-keys.js";

/** The requests whose results must say how long and by whom they may be kept. */
const cacheableMethods: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/**
 * Gives what a legacy server's result to this method lacks in the modern era. Nothing may be kept, and nothing shared
 * between agents, because a legacy server never said so.
 */
export function modernResultMembers(method: string): JsonObject {
  const complete = { resultType: "complete" };
  return cacheableMethods.has(method) ? { ...complete, ttlMs: 0, cacheScope: "private" } : complete;
}

/**
 * Makes a legacy server's result one that a modern agent accepts, and keeps all other bytes. Members that the server
 * happens to use otherwise (any `resultType` but `complete`, a negative `ttlMs`) are replaced: agents refuse the whole
 * result for them.
 * @param serverInfo who answers, unless the result says it already; agents show it and do nothing else with it
 * @returns the same buffer if it holds no object
 */
export function toModernResult(method: string, resultRaw: Buffer, serverInfo?: JsonObject): Buffer {
  const members = modernResultMembers(method);
  const present = memberRanges(resultRaw);
  if (present === undefined) return resultRaw;
  const edits: RangeEdit[] = [];
  for (const [key, value] of Object.entries(members)) {
    const range = present.get(key);
    if (range !== undefined && !isValid(key, parseRange(resultRaw, range))) {
      edits.push({ ...range, bytes: JSON.stringify(value) });
    }
  }
  const identity = serverInfo === undefined ? undefined : { [metaKeys.serverInfo]: serverInfo };
  const meta = present.get("_meta");
  if (identity !== undefined && meta !== undefined) {
    edits.push({ ...meta, bytes: addMembers(sliceRange(resultRaw, meta), identity) });
  }
  edits.push(...additionEdits(resultRaw, present, { ...members, _meta: identity }));
  return edits.length === 0 ? resultRaw : replaceRanges(resultRaw, edits);
}

/**
 * Gives a result that speaks the modern era already what it lacks of the members that agents require; what is there stays
 * as it is, another `resultType` than `complete` included.
 * @param serverInfo as for {@link toModernResult}
 */
export function completeModernResult(method: string, resultRaw: Buffer, serverInfo?: JsonObject): Buffer {
  const present = memberRanges(resultRaw);
  if (present === undefined) return resultRaw;
  const type = present.get("resultType");
  const isComplete = type === undefined || parseRange(resultRaw, type) === "complete";
  const members = isComplete ? modernResultMembers(method) : {};
  const identity = serverInfo === undefined ? undefined : { [metaKeys.serverInfo]: serverInfo };
  const edits: RangeEdit[] = additionEdits(resultRaw, present, { ...members, _meta: identity });
  const meta = present.get("_meta");
  if (identity !== undefined && meta !== undefined) {
    edits.push({ ...meta, bytes: addMembers(sliceRange(resultRaw, meta), identity) });
  }
  return edits.length === 0 ? resultRaw : replaceRanges(resultRaw, edits);
}

function isValid(key: string, value: unknown): boolean {
  if (key === "ttlMs") return Number.isSafeInteger(value) && Number(value) >= 0;
  if (key === "cacheScope") return value === "public" || value === "private";
  return value === "complete";
}
