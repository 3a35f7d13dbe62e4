import { isJsonObject } from "@fairlead/core";
import { joinArray, type RangeEdit, replaceRanges } from "../envelope/build-message.js";
import { elementRanges, findMember, parseRange, sliceRange, textMember } from "../envelope/members.js";
import { encodeHeaderValue } from "../http/header-values.js";
import { type HeaderParam, readHeaderParams } from "./header-annotations.js";

/** Which arguments of which tool travel in headers too, as the lists said that came by. HTTP only. */
export interface ToolHeaders {
  /**
   * Notes the tools of one page of `tools/list`.
   * @returns the page without the tools whose annotations are invalid; the same buffer if there are none
   */
  observe(pageRaw: Buffer): Buffer;
  /** The headers of a call. @returns undefined if the tool was on no page yet */
  headersOf(callParamsRaw: Buffer): Readonly<Record<string, string>> | undefined;
}

/** Makes the memory of one connection. @param warn told each tool that is left out, once per page */
export function createToolHeaders(warn: (text: string) => void): ToolHeaders {
  const paramsOfTool = new Map<string, readonly HeaderParam[]>();

  /** @returns false if the tool is to be left out */
  const take = (toolRaw: Buffer): boolean => {
    const name = textMember(toolRaw, "name");
    if (name === undefined) return true;
    const schema = findMember(toolRaw, { start: 0, end: toolRaw.length }, "inputSchema");
    const mayHaveHeaders =
      schema !== undefined && /mcp-header|\\u/.test(sliceRange(toolRaw, schema).toString("latin1"));
    const params = mayHaveHeaders ? readHeaderParams(parseRange(toolRaw, schema)) : [];
    if ("problem" in params) {
      warn(`tool ${JSON.stringify(name)} was left out of tools/list: ${params.problem}`);
      paramsOfTool.set(name, []);
      return false;
    }
    paramsOfTool.set(name, params);
    return true;
  };

  return {
    observe(pageRaw) {
      const list = findMember(pageRaw, { start: 0, end: pageRaw.length }, "tools");
      const tools = list === undefined ? undefined : elementRanges(pageRaw, list);
      if (list === undefined || tools === undefined) return pageRaw;
      const kept = tools.filter((range) => take(sliceRange(pageRaw, range)));
      if (kept.length === tools.length) return pageRaw;
      const parts = kept.map((range) => sliceRange(pageRaw, range));
      const edit: RangeEdit = { ...list, bytes: joinArray(parts) };
      return replaceRanges(pageRaw, [edit]);
    },
    headersOf(callParamsRaw) {
      const name = textMember(callParamsRaw, "name");
      const params = name === undefined ? [] : paramsOfTool.get(name);
      if (params === undefined) return undefined;
      const headers: Record<string, string> = {};
      if (params.length === 0) return headers;
      const range = findMember(callParamsRaw, { start: 0, end: callParamsRaw.length }, "arguments");
      const args = range === undefined ? undefined : parseRange(callParamsRaw, range);
      for (const { path, header } of params) {
        const text = toHeaderText(valueAt(args, path));
        if (text !== undefined) headers[header] = encodeHeaderValue(text);
      }
      return headers;
    },
  };
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Numbers that a double cannot hold have no text that is sure to be the server's; it decides without the header. */
function toHeaderText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number" || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return undefined;
  return String(value);
}
