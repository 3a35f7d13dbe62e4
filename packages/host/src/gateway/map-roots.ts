import type { PathMap } from "@fairlead/core";
import {
  type CallAnswer,
  elementRanges,
  findMember,
  joinArray,
  replaceRanges,
  type ScannedRequest,
  sliceRange,
} from "@fairlead/mcp";
import { readText, replaceText } from "./raw-params.js";

/** How an agent's roots are told to a server on another machine. */
export interface RootMapping {
  /** @default they are told as they are */
  readonly pathMap: PathMap | undefined;
  /** Told which roots lie in no folder that the machines share. */
  readonly warn: (text: string) => void;
}

/**
 * Translates the agent's answer to `roots/list` for a server whose machine shares folders with the agent's. Roots that lie in
 * none of them are left out: the server would find nothing there, or something else. Roots that are no `file:` URIs, and
 * everything else in the answer, keep their bytes.
 */
export function mapRoots(
  message: ScannedRequest,
  answer: CallAnswer,
  { pathMap, warn }: RootMapping,
): CallAnswer {
  if (pathMap === undefined || message.method !== "roots/list" || answer.kind === "error") return answer;
  const { result } = answer;
  const list = findMember(result, { start: 0, end: result.length }, "roots");
  const elements = list === undefined ? undefined : elementRanges(result, list);
  if (list === undefined || elements === undefined) return answer;
  const kept = elements.flatMap((element) => {
    const raw = sliceRange(result, element);
    const uri = readText(raw, ["uri"]);
    if (uri === undefined || !/^file:/i.test(uri)) return [raw];
    const mapped = pathMap.toExecutor(uri);
    if (mapped !== undefined) return [replaceText(raw, ["uri"], mapped)];
    warn(`The agent's root ${uri} is in no folder of path_map, and the server is not told of it`);
    return [];
  });
  return { kind: "result", result: replaceRanges(result, [{ ...list, bytes: joinArray(kept) }]) };
}
