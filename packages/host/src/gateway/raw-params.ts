import { FairleadError } from "@fairlead/core";
import {
  decodeString,
  elementRanges,
  findMember,
  joinArray,
  replaceRanges,
  type ScannedNotification,
  type ScannedRequest,
  sliceRange,
} from "@fairlead/mcp";

/** A path of keys into an object, for example `["ref", "name"]`. */
export type MemberPath = readonly string[];

/** The raw params of a message; undefined if it has none. */
export function paramsOf(message: ScannedRequest | ScannedNotification): Buffer | undefined {
  return message.params === undefined ? undefined : sliceRange(message.line, message.params);
}

/** Reads one text out of raw JSON; undefined if there is none, or something else than a text. */
export function readText(raw: Buffer | undefined, path: MemberPath): string | undefined {
  const range = raw === undefined ? undefined : findPath(raw, path);
  if (raw === undefined || range === undefined || raw[range.start] !== 0x22) return undefined;
  return decodeString(raw, range);
}

/** Reads one text that must be there. @throws FairleadError `usage`, naming the method and the member */
export function requireText(request: ScannedRequest, path: MemberPath): string {
  const text = readText(paramsOf(request), path);
  if (text !== undefined) return text;
  throw new FairleadError("usage", `${request.method} needs a text at params.${path.join(".")}`, {
    reason: "argument_invalid",
    effect: "none",
  });
}

/** Gives raw JSON with one member replaced by a text; everything else keeps its bytes. Without the member, as it was. */
export function replaceText(raw: Buffer, path: MemberPath, text: string): Buffer {
  const range = findPath(raw, path);
  return range === undefined ? raw : replaceRanges(raw, [{ ...range, bytes: JSON.stringify(text) }]);
}

/** Joins raw items to the result of a list, `{"tools":[…]}`. */
export function joinList(member: string, items: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`{"${member}":`), joinArray(items), Buffer.from("}")]);
}

/**
 * Takes items out of the raw result of a list by their names; everything else keeps its bytes. Items without a name stay.
 * @returns the same buffer if nothing is taken out, or if there is no such list
 */
export function filterItems(raw: Buffer, member: string, isKept: (name: string) => boolean): Buffer {
  const list = findMember(raw, { start: 0, end: raw.length }, member);
  const elements = list === undefined ? undefined : elementRanges(raw, list);
  if (list === undefined || elements === undefined) return raw;
  const kept = elements.filter((element) => {
    const name = readText(sliceRange(raw, element), ["name"]);
    return name === undefined || isKept(name);
  });
  if (kept.length === elements.length) return raw;
  const items = kept.map((element) => sliceRange(raw, element));
  return replaceRanges(raw, [{ ...list, bytes: joinArray(items) }]);
}

function findPath(raw: Buffer, path: MemberPath): { start: number; end: number } | undefined {
  let range: { start: number; end: number } | undefined = { start: 0, end: raw.length };
  for (const key of path) {
    range = findMember(raw, range, key);
    if (range === undefined) return undefined;
  }
  return range;
}
