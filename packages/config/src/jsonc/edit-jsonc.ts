import { isDeepStrictEqual } from "node:util";
import { FairleadError } from "@fairlead/core";
import { lineBreakOf } from "../edit/text-lines.js";
import { parseJsonc, readJsonc } from "./parse-jsonc.js";
import type { JsoncMember, JsoncNode, JsoncObject } from "./scan-jsonc.js";

/** A member of an object below other objects: the keys that lead to it. */
export type MemberPath = readonly [string, ...string[]];

/**
 * Sets one member of a JSON text with comments; everything else stays as it is, byte for byte. Objects on the way that
 * are missing are made, and a new member goes to the end.
 * @param file shown in errors
 * @throws FairleadError `usage`, reason `config_invalid`, if the text is not JSON, or something on the way is no object
 */
export function setJsoncMember(text: string, path: MemberPath, value: unknown, file: string): string {
  const result = set(text, path, value, file);
  const wanted = withMember(parseJsonc(text, file), path, value);
  return checked(result, wanted, { path, file });
}

/**
 * Takes one member out of a JSON text with comments, which stay; a text that does not have it comes back as it was.
 * @throws FairleadError `usage`, reason `config_invalid`, if the text is not JSON
 */
export function removeJsoncMember(text: string, path: MemberPath, file: string): string {
  let result = text;
  // A key may stand there twice; then the first one would come to life.
  for (;;) {
    const found = findMember(readJsonc(result, file), path);
    if (found === undefined) break;
    result = cut(result, found.parent, found.member);
  }
  return checked(result, withMember(parseJsonc(text, file), path, undefined), { path, file });
}

interface Place {
  readonly path: MemberPath;
  readonly file: string;
}

interface Layout {
  readonly lineBreak: string;
  /** What one level is indented by. */
  readonly unit: string;
}

function set(text: string, path: MemberPath, value: unknown, file: string): string {
  const layout = layoutOf(text);
  const root = readJsonc(text, file);
  if (root === undefined) {
    const gap = text === "" || text.endsWith("\n") ? "" : layout.lineBreak;
    return `${text}${gap}${format(nest(path, value), "", layout)}${layout.lineBreak}`;
  }
  const found = findMember(root, path);
  if (found !== undefined) {
    const { start, end } = found.member.value;
    return text.slice(0, start) + format(value, indentAt(text, found.member.start), layout) + text.slice(end);
  }
  let parent = root;
  for (const [depth, key] of path.entries()) {
    if (parent.kind !== "object") throw notObject(path.slice(0, depth), file);
    const member: JsoncMember | undefined = parent.members.findLast((other) => other.key === key);
    if (member === undefined) {
      const [first = key, ...others] = path.slice(depth);
      return insert(text, parent, { key: first, value: nest(others, value) }, layout);
    }
    parent = member.value;
  }
  throw new Error(`The member ${path.join(".")} was not found, and so were all on the way to it`);
}

function insert(
  text: string,
  parent: JsoncObject,
  { key, value }: { readonly key: string; readonly value: unknown },
  layout: Layout,
): string {
  const closer = parent.end - 1;
  const last = parent.members.at(-1);
  const closerLine = text.lastIndexOf("\n", closer - 1) + 1;
  const isOnOwnLine = closerLine > parent.start && text.slice(closerLine, closer).trim() === "";
  if (last !== undefined && !isOnOwnLine) {
    const written = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return last.comma === undefined
      ? `${text.slice(0, last.end)}, ${written}${text.slice(last.end)}`
      : `${text.slice(0, last.comma + 1)} ${written},${text.slice(last.comma + 1)}`;
  }
  const outer = indentAt(text, parent.start);
  const indent = last === undefined ? outer + layout.unit : indentAt(text, last.start);
  const line = `${indent}${JSON.stringify(key)}: ${format(value, indent, layout)}`;
  if (!isOnOwnLine) {
    const inside = text.slice(parent.start + 1, closer).trimEnd();
    const { lineBreak } = layout;
    return `${text.slice(0, parent.start + 1)}${inside}${lineBreak}${line}${lineBreak}${outer}${text.slice(closer)}`;
  }
  const comma = last === undefined || last.comma !== undefined ? undefined : last.end;
  const before =
    comma === undefined
      ? text.slice(0, closerLine)
      : `${text.slice(0, comma)},${text.slice(comma, closerLine)}`;
  const trailing = last?.comma === undefined ? "" : ",";
  return `${before}${line}${trailing}${layout.lineBreak}${text.slice(closerLine)}`;
}

/** Takes a member and its comma out; of the last one the comma before it, unless that is how the file ends its lists. */
function cut(text: string, parent: JsoncObject, member: JsoncMember): string {
  const index = parent.members.indexOf(member);
  const previousComma = parent.members[index - 1]?.comma;
  const isLast = index === parent.members.length - 1;
  let start = member.start;
  let end = member.comma === undefined ? member.end : member.comma + 1;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = /[^\n]*\n?/y;
  lineEnd.lastIndex = end;
  const [rest = ""] = lineEnd.exec(text) ?? [];
  const standsAlone = text.slice(lineStart, start).trim() === "" && rest.trim() === "" && rest.endsWith("\n");
  if (standsAlone && lineStart > parent.start) {
    start = lineStart;
    end += rest.length;
  } else if (!isLast) end += rest.length - rest.trimStart().length;
  const result = text.slice(0, start) + text.slice(end);
  const isStray = isLast && member.comma === undefined && previousComma !== undefined;
  return isStray ? result.slice(0, previousComma) + result.slice(previousComma + 1) : result;
}

function findMember(
  root: JsoncNode | undefined,
  path: MemberPath,
): { readonly parent: JsoncObject; readonly member: JsoncMember } | undefined {
  let found: { parent: JsoncObject; member: JsoncMember } | undefined;
  let node = root;
  for (const key of path) {
    if (node?.kind !== "object") return undefined;
    const member: JsoncMember | undefined = node.members.findLast((other) => other.key === key);
    if (member === undefined) return undefined;
    found = { parent: node, member };
    node = member.value;
  }
  return found;
}

function layoutOf(text: string): Layout {
  const [, unit = "  "] = /\n(\t| {1,8})\S/.exec(text) ?? [];
  return { lineBreak: lineBreakOf(text), unit };
}

/** What the line is indented by that an offset is in. */
function indentAt(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function format(value: unknown, indent: string, { lineBreak, unit }: Layout): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", lineBreak + indent);
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

/** The same value with one member set, or without it. */
function withMember(value: unknown, [key, ...rest]: readonly string[], member: unknown): unknown {
  if (key === undefined) return member;
  const isObject = typeof value === "object" && value !== null;
  if (!isObject && member === undefined) return value;
  const members = new Map(isObject ? Object.entries(value) : []);
  if (member === undefined && !members.has(key)) return value;
  const inner = withMember(members.get(key), rest, member);
  if (inner === undefined) members.delete(key);
  else members.set(key, inner);
  return Object.fromEntries(members);
}

/** Reads the result back and compares it with what was wanted, so that no oddity of a file can damage it. */
function checked(result: string, wanted: unknown, { path, file }: Place): string {
  let found: unknown;
  try {
    found = parseJsonc(result, file);
  } catch {
    found = undefined;
  }
  if (isDeepStrictEqual(found, wanted)) return result;
  throw invalid(
    `${file} was not changed: ${path.join(".")} is written in a way that cannot be changed safely`,
    file,
  );
}

function notObject(path: readonly string[], file: string): FairleadError {
  const what = path.length === 0 ? "it is no object" : `${path.join(".")} is no object`;
  return invalid(`${file} was not changed: ${what}`, file);
}

function invalid(message: string, file: string): FairleadError {
  return new FairleadError("usage", message, { reason: "config_invalid", effect: "none", details: { file } });
}
