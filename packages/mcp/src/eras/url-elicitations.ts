import { elementRanges, findMember, parseRange, sliceRange } from "../envelope/members.js";
import { addMembers } from "./edit-members.js";
import type { InputRequest } from "./input-required.js";

/** How a legacy server says that the user must open a page first and the request be sent again. */
const urlElicitationRequired = -32042;

/**
 * Reads the pages that a legacy server wants opened out of its error. The modern era knows no such error: an
 * `input_required` result asks for the same, and the request that the agent repeats is sent on as it was at first.
 * @param errorRaw the raw JSON-RPC error object
 * @returns undefined for every other error, which is passed on as it is
 */
export function readUrlElicitations(errorRaw: Buffer): InputRequest[] | undefined {
  const whole = { start: 0, end: errorRaw.length };
  const code = findMember(errorRaw, whole, "code");
  if (code === undefined || parseRange(errorRaw, code) !== urlElicitationRequired) return undefined;
  const data = findMember(errorRaw, whole, "data");
  const list = data === undefined ? undefined : findMember(errorRaw, data, "elicitations");
  const pages = list === undefined ? undefined : elementRanges(errorRaw, list);
  if (pages === undefined || pages.length === 0) return undefined;
  return pages.map((page, index) => ({
    key: `url-${index + 1}`,
    method: "elicitation/create",
    paramsRaw: addMembers(sliceRange(errorRaw, page), { mode: "url" }),
  }));
}
