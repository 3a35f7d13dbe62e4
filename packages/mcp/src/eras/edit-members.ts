import { type JsonObject } from "@fairlead/core";
import { type RangeEdit, replaceRanges } from "../envelope/build-message.js";
import type { ByteRange } from "../envelope/json-scan.js";
import { decodeString, eachMember } from "../envelope/members.js";

/**
 * Adds members to the front of a raw JSON object; every byte that was there stays.
 * @param members values that JSON can hold; a key that the object has already is left out
 * @returns the same buffer if there is nothing to add, or if it holds no object
 */
export function addMembers(raw: Buffer, members: JsonObject): Buffer {
  const present = memberRanges(raw);
  const edits = present === undefined ? [] : additionEdits(raw, present, members);
  return edits.length === 0 ? raw : replaceRanges(raw, edits);
}

/**
 * Gives the values of a raw JSON object by their decoded keys; of equal keys the last one counts.
 * @returns undefined if it is no object
 */
export function memberRanges(raw: Buffer): Map<string, ByteRange> | undefined {
  const ranges = new Map<string, ByteRange>();
  const visit = (key: ByteRange, value: ByteRange): void => {
    ranges.set(decodeString(raw, key), value);
  };
  return eachMember(raw, { start: 0, end: raw.length }, { visit }) < 0 ? undefined : ranges;
}

/** Gives the edit, if any is needed, that {@link addMembers} makes. @param present what {@link memberRanges} gave */
export function additionEdits(
  raw: Buffer,
  present: ReadonlyMap<string, unknown>,
  members: JsonObject,
): RangeEdit[] {
  const added = Object.entries(members).filter(([key, value]) => value !== undefined && !present.has(key));
  if (added.length === 0) return [];
  const text = added.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",");
  const inside = raw.indexOf("{") + 1;
  return [{ start: inside, end: inside, bytes: present.size === 0 ? text : `${text},` }];
}

/**
 * Gives the edits that take members out of the object at `range`, each with one comma; apply them with `replaceRanges`.
 * @param isUnwanted told the decoded key and the range of the value
 * @returns undefined if the text at `range` is not an object; no edits if nothing is unwanted
 */
export function removalEdits(
  raw: Buffer,
  range: ByteRange,
  isUnwanted: (key: string, value: ByteRange) => boolean,
): { readonly edits: RangeEdit[]; readonly isEmptied: boolean } | undefined {
  const members: { key: ByteRange; value: ByteRange; isUnwanted: boolean }[] = [];
  const visit = (key: ByteRange, value: ByteRange): void => {
    members.push({ key, value, isUnwanted: isUnwanted(decodeString(raw, key), value) });
  };
  if (eachMember(raw, range, { visit }) < 0) return undefined;
  const edits: RangeEdit[] = [];
  let previous: ByteRange | undefined;
  let isAnyKept = false;
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    if (!member.isUnwanted) isAnyKept = true;
    else if (isAnyKept && previous !== undefined) {
      edits.push({ start: previous.end, end: member.value.end, bytes: "" });
    } else edits.push({ start: member.key.start, end: next?.key.start ?? member.value.end, bytes: "" });
    previous = member.value;
  }
  return { edits, isEmptied: edits.length > 0 && !isAnyKept };
}
