import { applyEdits, type Edit } from "jsonc-parser";
import { type JsoncNode, membersOf, scanJsonc } from "../jsonc/parse-jsonc.js";
import { isSecretLine, looksSecret } from "../secrets/looks-secret.js";
import { maskUrl } from "../secrets/mask-url.js";
import { maskArguments } from "../secrets/secret-arguments.js";
import { scanToml } from "../toml/scan-toml.js";
import { maskJsoncComments, maskTomlComments } from "./mask-comments.js";

/** What stands for a secret. */
const mask = '"***"';

/** How a text is masked. */
export interface MaskOptions {
  /** The keys that lead to what is ours in a file of somebody else, where every other value and comment is private. */
  readonly onlyBelow?: readonly string[] | undefined;
}

/**
 * A configuration text that may be shown: values of environments and headers are masked, and so are texts and comments
 * elsewhere that look like secrets. It has as many lines as before.
 * @param file tells TOML, by its ending, from JSON
 */
export function maskConfigText(text: string, file: string, options: MaskOptions = {}): string {
  return /\.toml$/i.test(file) ? maskToml(text, options) : maskJsonc(text, options);
}

/** Tables whose values are secrets until proven otherwise, as ours and other programs call them. */
const secretTables: ReadonlySet<string> = new Set(["env", "http_headers", "headers"]);

function isPrivate(path: readonly string[], { onlyBelow }: MaskOptions): boolean {
  return onlyBelow !== undefined && onlyBelow.some((key, at) => path[at] !== key);
}

function maskToml(written: string, options: MaskOptions): string {
  const text = maskTomlComments(written, options.onlyBelow);
  let result = text;
  for (const { kind, path, value } of scanToml(text).toReversed()) {
    if (kind !== "pair") continue;
    const { start, end } = value;
    result =
      result.slice(0, start) + maskTomlValue(text.slice(start, end), path, options) + result.slice(end);
  }
  return result;
}

function maskTomlValue(written: string, path: readonly string[], options: MaskOptions): string {
  const key = path.at(-1) ?? "";
  if (isPrivate(path, options)) return masked(written);
  if (path.slice(0, -1).some((table) => secretTables.has(table))) return masked(written);
  if (secretTables.has(key)) return maskStrings(written, () => undefined);
  if (key !== "args") return maskStrings(written, (inner) => shownText(key, inner));
  const args: string[] = [];
  return maskStrings(written, (inner) => {
    args.push(inner);
    return maskArguments(args).at(-1);
  });
}

/** What is shown of a text that has a key; undefined for nothing. */
function shownText(key: string, text: string): string | undefined {
  if (isSecretLine(text) || (looksSecret(key, "a word") && looksSecret(key, text))) return undefined;
  return /^https?:/i.test(text) ? maskUrl(text) : text;
}

/** Masks the strings of a value, but not those that are keys of inline tables. */
function maskStrings(written: string, show: (text: string) => string | undefined): string {
  if (/"""|'''/.test(written)) return masked(written);
  return written.replaceAll(
    /"((?:[^"\\\n]|\\.)*)"(?!\s*=)|'([^'\n]*)'(?!\s*=)/g,
    (quoted, basic, literal) => {
      const shown = show(String(basic ?? literal));
      return shown === undefined ? mask : quoted.charAt(0) + shown + quoted.charAt(0);
    },
  );
}

function masked(written: string): string {
  return mask + "\n".repeat(written.split("\n").length - 1);
}

function maskJsonc(written: string, options: MaskOptions): string {
  const text = maskJsoncComments(written, options.onlyBelow);
  const scanned = scanJsonc(text);
  // What cannot be read cannot be told apart either.
  if (!("root" in scanned)) return text.replaceAll(/[^\r\n]+/g, "***");
  return scanned.root === undefined ? text : applyEdits(text, editsOf(scanned.root, [], options));
}

function editsOf(node: JsoncNode, path: readonly string[], options: MaskOptions): Edit[] {
  if (node.type === "object") {
    return membersOf(node).flatMap(({ key, value }) => editsOf(value, [...path, key], options));
  }
  if (node.type === "array") {
    const items = node.children ?? [];
    const texts = items.map((item) => (isScalar(item) ? String(item.value) : ""));
    const shown = path.at(-1) === "args" && !isPrivate(path, options) ? maskArguments(texts) : undefined;
    if (shown === undefined) return items.flatMap((item) => editsOf(item, path, options));
    return items.flatMap((item, index) => editOf(item, shown[index]));
  }
  if (isPrivate(path, options)) return editOf(node, undefined);
  if (node.type !== "string") return [];
  const isHidden = path.some((key) => secretTables.has(key));
  return editOf(node, isHidden ? undefined : shownText(path.at(-1) ?? "", String(node.value)));
}

function editOf(node: JsoncNode, shown: string | undefined): Edit[] {
  const { offset, length } = node;
  if (shown === undefined) return [{ offset, length, content: mask }];
  const isSame = !isScalar(node) || String(node.value) === shown;
  return isSame ? [] : [{ offset, length, content: JSON.stringify(shown) }];
}

function isScalar({ type }: JsoncNode): boolean {
  return type !== "object" && type !== "array";
}
