import { type RangeEdit, replaceRanges } from "../envelope/build-message.js";
import type { ByteRange } from "../envelope/json-scan.js";
import { removalEdits } from "./edit-members.js";
import { requestMetaKeys } from "./meta-keys.js";

/**
 * Takes out of a modern message's params what a legacy server does not know: the agent's description of itself in
 * `_meta`, and `_meta` with it if nothing is left there. Progress token, trace context and everybody's own keys stay,
 * byte for byte.
 * @returns the same buffer if there is nothing to take out
 */
export function toLegacyParams(paramsRaw: Buffer): Buffer {
  return strip(paramsRaw, () => false);
}

/** As {@link toLegacyParams}, and without the answers and the state of an `input_required` round, which only requests have. */
export function toLegacyRequestParams(paramsRaw: Buffer): Buffer {
  return strip(paramsRaw, (key) => key === "inputResponses" || key === "requestState");
}

function strip(raw: Buffer, isUnwanted: (key: string) => boolean): Buffer {
  const inMeta: RangeEdit[] = [];
  const outer = removalEdits(raw, { start: 0, end: raw.length }, (key, value) => {
    if (key !== "_meta") return isUnwanted(key);
    const meta = metaEdits(raw, value);
    if (meta === "all") return true;
    inMeta.push(...meta);
    return false;
  });
  const edits = [...(outer?.edits ?? []), ...inMeta];
  return edits.length === 0 ? raw : replaceRanges(raw, edits);
}

function metaEdits(raw: Buffer, range: ByteRange): readonly RangeEdit[] | "all" {
  const found = removalEdits(raw, range, (key) => requestMetaKeys.has(key));
  if (found === undefined) return [];
  return found.isEmptied ? "all" : found.edits;
}
