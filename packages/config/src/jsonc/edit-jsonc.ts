import { isDeepStrictEqual } from "node:util";
import { FairleadError } from "@fairlead/core";
import { applyEdits, type Edit } from "jsonc-parser";
import { lineBreakOf } from "../edit/text-lines.js";
import {
  commaBehind,
  endOf,
  type JsoncMember,
  type JsoncNode,
  jsoncValue,
  memberOf,
  membersOf,
  parseJsonc,
  readJsonc,
} from "./parse-jsonc.js";

// The edits that the parser's own package makes up would lose the comments around what is removed, and lay out anew what
// stands on the lines around.

/** A member of an object below other objects: the keys that lead to it. */
export type MemberPath = readonly [string, ...string[]];

/**
 * Sets one member of a JSON text with comments; everything else stays as it is, byte for byte. Objects on the way that
 * are missing are made, and a new member goes to the end.
 * @param file shown in errors
 * @throws FairleadError `usage`, reason `config_invalid`, if the text is not JSON, or something on the way is no object
 */
export function setJsoncMember(text: string, path: MemberPath, value: unknown, file: string): string {
  const result = applyEdits(text, editsToSet(text, path, { value, file }));
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
    result = applyEdits(result, editsToCut(result, found.parent, found.member));
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

function editsToSet(
  text: string,
  path: MemberPath,
  { value, file }: { readonly value: unknown; readonly file: string },
): Edit[] {
  const layout = layoutOf(text);
  const root = readJsonc(text, file);
  if (root === undefined) {
    const gap = text === "" || text.endsWith("\n") ? "" : layout.lineBreak;
    return [insertion(text.length, gap + format(nest(path, value), "", layout) + layout.lineBreak)];
  }
  let parent = root;
  for (const [depth, key] of path.entries()) {
    if (parent.type !== "object") throw notObject(path.slice(0, depth), file);
    const member = memberOf(parent, key);
    const rest = path.slice(depth + 1);
    if (member === undefined) return editsToInsert(text, parent, { key, value: nest(rest, value) }, layout);
    if (rest.length === 0) {
      if (isDeepStrictEqual(jsoncValue(member.value), value)) return [];
      const { offset, length } = member.value;
      return [{ offset, length, content: format(value, indentAt(text, member.node.offset), layout) }];
    }
    parent = member.value;
  }
  throw new Error("A path has at least one key");
}

function editsToInsert(
  text: string,
  parent: JsoncNode,
  { key, value }: { readonly key: string; readonly value: unknown },
  layout: Layout,
): Edit[] {
  const closer = endOf(parent) - 1;
  const last = membersOf(parent).at(-1)?.node;
  const comma = last === undefined ? undefined : commaBehind(text, last);
  const closerLine = text.lastIndexOf("\n", closer - 1) + 1;
  const isOnOwnLine = closerLine > parent.offset && text.slice(closerLine, closer).trim() === "";
  if (last !== undefined && !isOnOwnLine) {
    const written = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return [
      comma === undefined ? insertion(endOf(last), `, ${written}`) : insertion(comma + 1, ` ${written},`),
    ];
  }
  const { lineBreak, unit } = layout;
  const outer = indentAt(text, parent.offset);
  const indent = last === undefined ? outer + unit : indentAt(text, last.offset);
  const line = `${indent}${JSON.stringify(key)}: ${format(value, indent, layout)}`;
  if (!isOnOwnLine) {
    const offset = parent.offset + 1 + text.slice(parent.offset + 1, closer).trimEnd().length;
    return [{ offset, length: closer - offset, content: lineBreak + line + lineBreak + outer }];
  }
  return [
    ...(last === undefined || comma !== undefined ? [] : [insertion(endOf(last), ",")]),
    insertion(closerLine, `${line}${comma === undefined ? "" : ","}${lineBreak}`),
  ];
}

/** Takes a member and its comma out; of the last one the comma before it, unless that is how the file ends its lists. */
function editsToCut(text: string, parent: JsoncNode, { node }: JsoncMember): Edit[] {
  const nodes = membersOf(parent).map((member) => member.node);
  const previous = nodes[nodes.indexOf(node) - 1];
  const isLast = nodes.at(-1) === node;
  const comma = commaBehind(text, node);
  let start = node.offset;
  let end = comma === undefined ? endOf(node) : comma + 1;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = /[^\n]*\n?/y;
  lineEnd.lastIndex = end;
  const [rest = ""] = lineEnd.exec(text) ?? [];
  const standsAlone = text.slice(lineStart, start).trim() === "" && rest.trim() === "" && rest.endsWith("\n");
  if (standsAlone && lineStart > parent.offset) {
    start = lineStart;
    end += rest.length;
  } else if (!isLast) end += rest.length - rest.trimStart().length;
  const stray =
    isLast && comma === undefined && previous !== undefined ? commaBehind(text, previous) : undefined;
  return [
    ...(stray === undefined ? [] : [{ offset: stray, length: 1, content: "" }]),
    { offset: start, length: end - start, content: "" },
  ];
}

function insertion(offset: number, content: string): Edit {
  return { offset, length: 0, content };
}

function findMember(
  root: JsoncNode | undefined,
  path: MemberPath,
): { readonly parent: JsoncNode; readonly member: JsoncMember } | undefined {
  let found: { parent: JsoncNode; member: JsoncMember } | undefined;
  let node = root;
  for (const key of path) {
    const member: JsoncMember | undefined = node === undefined ? undefined : memberOf(node, key);
    if (node === undefined || member === undefined) return undefined;
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
