import { FairleadError } from "@fairlead/core";
import { createScanner, type Node, type ParseError, parseTree, visit } from "jsonc-parser";

/** A value of a JSON text, and where it stands. */
export type JsoncNode = Node;

/** A key of an object and its value. */
export interface JsoncMember {
  readonly key: string;
  readonly value: JsoncNode;
  /** Where both stand, from the key on. */
  readonly node: JsoncNode;
}

/**
 * Reads a JSON text that may have comments and commas behind the last item; undefined if there is nothing in it.
 * @param file shown in errors
 * @throws FairleadError `usage`, reason `config_invalid`, with file, line and column; it never quotes the text, which may
 * hold a secret
 */
export function parseJsonc(text: string, file: string): unknown {
  const root = readJsonc(text, file);
  return root === undefined ? undefined : jsoncValue(root);
}

/** As `JSON.parse` gives it: no key is more than a key. */
export function jsoncValue(node: JsoncNode): unknown {
  if (node.type === "array") return (node.children ?? []).map(jsoncValue);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(membersOf(node).map(({ key, value }) => [key, jsoncValue(value)]));
}

/** As {@link parseJsonc}, but tells where each value stands. */
export function readJsonc(text: string, file: string): JsoncNode | undefined {
  const scanned = scanJsonc(text);
  if ("root" in scanned) return scanned.root;
  const before = text.slice(0, scanned.mistakeAt).split("\n");
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new FairleadError("usage", `${file}:${line}:${column} is not valid JSON`, {
    reason: "config_invalid",
    effect: "none",
    details: { file, line, column },
  });
}

/**
 * Finds where each value of a JSON text stands. A text with nothing in it has no value: undefined.
 * @returns the offset of the first thing that cannot stand there, if the text is not such JSON
 */
export function scanJsonc(
  text: string,
): { readonly root: JsoncNode | undefined } | { readonly mistakeAt: number } {
  const errors: ParseError[] = [];
  const options = { allowTrailingComma: true, allowEmptyContent: true };
  const root = parseTree(withoutMark(text), errors, options);
  const [mistake] = errors;
  return mistake === undefined ? { root } : { mistakeAt: mistake.offset };
}

/** Finds the comments of a JSON text. */
export function commentsOf(text: string): readonly { readonly offset: number; readonly length: number }[] {
  const found: { offset: number; length: number }[] = [];
  visit(withoutMark(text), { onComment: (offset, length) => void found.push({ offset, length }) });
  return found;
}

/** The mark of the byte order is no blank to the parser; all offsets must stay. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, " ");
}

/** The members of an object, as they stand there; none of anything else. */
export function membersOf({ type, children = [] }: JsoncNode): readonly JsoncMember[] {
  if (type !== "object") return [];
  return children.flatMap((node) => {
    const [key, value] = node.children ?? [];
    return key === undefined || value === undefined ? [] : [{ key: String(key.value), value, node }];
  });
}

/** The member that counts of those with a key: the last one. */
export function memberOf(node: JsoncNode, key: string): JsoncMember | undefined {
  return membersOf(node).findLast((member) => member.key === key);
}

/** Where the comma behind a value stands, past comments; undefined if there is none. */
export function commaBehind(text: string, node: JsoncNode): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(endOf(node));
  scanner.scan();
  const at = scanner.getTokenOffset();
  return text[at] === "," ? at : undefined;
}

/** The offset behind the last character of a value. */
export function endOf({ offset, length }: JsoncNode): number {
  return offset + length;
}
