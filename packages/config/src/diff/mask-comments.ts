import { applyEdits, type Edit } from "jsonc-parser";
import { commentsOf, type JsoncNode, memberOf, scanJsonc } from "../jsonc/parse-jsonc.js";
import { isSecretLine, looksSecret } from "../secrets/looks-secret.js";
import { isRandomText } from "../secrets/secret-shapes.js";
import { scanToml } from "../toml/scan-toml.js";

/**
 * A TOML text with the comments masked that look as if they had a secret in them, and with `onlyBelow` all that are not inside
 * of what is below those keys. It has as many lines as before.
 */
export function maskTomlComments(text: string, onlyBelow?: readonly string[]): string {
  const statements = scanToml(text);
  const isOurs = (at: number): boolean => {
    if (onlyBelow === undefined) return true;
    const next = statements.findIndex(({ end }) => end > at);
    const { path: after = [], start = at } = statements[next] ?? {};
    // Below the last line of a table may stand what belongs to nobody, or to the next one.
    const before = statements.at(next === -1 ? -1 : Math.max(0, next - 1))?.path ?? [];
    return isBelow(after, onlyBelow) && (start <= at || isBelow(before, onlyBelow));
  };
  return text.replaceAll(
    /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\r\n]*/g,
    (found, at: number) => (found.startsWith("#") && isHidden(found, isOurs(at)) ? "# ***" : found),
  );
}

/** The same for a JSON text with comments; one that cannot be read comes back as it is. */
export function maskJsoncComments(text: string, onlyBelow?: readonly string[]): string {
  const scanned = scanJsonc(text);
  if (!("root" in scanned)) return text;
  const own =
    onlyBelow === undefined ? { offset: 0, length: text.length } : nodeBelow(scanned.root, onlyBelow);
  const isOurs = (at: number): boolean =>
    own !== undefined && own.offset <= at && at < own.offset + own.length;
  const edits = commentsOf(text).flatMap(({ offset, length }): Edit[] => {
    const found = text.slice(offset, offset + length);
    if (!isHidden(found, isOurs(offset))) return [];
    const lines = "\n".repeat(found.split("\n").length - 1);
    return [{ offset, length, content: found.startsWith("//") ? "// ***" : `/* ***${lines} */` }];
  });
  return applyEdits(text, edits);
}

function isHidden(comment: string, isOurs: boolean): boolean {
  return (
    !isOurs ||
    isSecretLine(comment) ||
    /:\/\/[^/\s:@]*:[^/\s@]+@/.test(comment) ||
    comment.split(/[\s"',;=:]+/).some(isRandomText) ||
    hasNamed(comment)
  );
}

/** Whether a setting that is switched off by a comment is named as secrets are. */
function hasNamed(comment: string): boolean {
  return [...comment.matchAll(/([\w.-]+)["']?\s*[=:]\s*["']?([^\s"',]+)/g)].some(
    ([, name = "", value = ""]) => looksSecret(name, "a word") && looksSecret(name, value),
  );
}

function isBelow(path: readonly string[], keys: readonly string[]): boolean {
  return keys.every((key, at) => path[at] === key);
}

function nodeBelow(root: JsoncNode | undefined, keys: readonly string[]): JsoncNode | undefined {
  return keys.reduce<JsoncNode | undefined>(
    (node, key) => (node === undefined ? undefined : memberOf(node, key)?.value),
    root,
  );
}
