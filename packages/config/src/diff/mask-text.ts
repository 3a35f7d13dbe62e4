import { isSecretValue, looksSecret } from "../import/looks-secret.js";
import { type JsoncNode, scanJsonc } from "../jsonc/scan-jsonc.js";
import { maskUrl } from "../mask-server.js";
import { scanToml } from "../toml/scan-toml.js";

/** What stands for a secret. */
const mask = '"***"';

/**
 * A configuration text that may be shown: values of environments and headers are masked, and so are texts elsewhere that
 * look like secrets. It has as many lines as before.
 * @param file tells TOML, by its ending, from JSON
 */
export function maskConfigText(text: string, file: string): string {
  return /\.toml$/i.test(file) ? maskToml(text) : maskJsonc(text);
}

/** Tables whose values are secrets until proven otherwise, as ours and other programs call them. */
const secretTables: ReadonlySet<string> = new Set(["env", "http_headers", "headers"]);

function maskToml(text: string): string {
  let result = text;
  for (const { kind, path, value } of scanToml(text).toReversed()) {
    if (kind !== "pair") continue;
    const { start, end } = value;
    const written = text.slice(start, end);
    const isBelow = path.slice(0, -1).some((key) => secretTables.has(key));
    const isTable = secretTables.has(path.at(-1) ?? "");
    const shown = isBelow
      ? masked(written)
      : maskStrings(written, isTable ? () => true : isTelling(path.at(-1) ?? ""));
    result = result.slice(0, start) + shown + result.slice(end);
  }
  return result;
}

function isTelling(key: string): (text: string) => boolean {
  return (text) => isSecretValue(text) || (looksSecret(key, "a word") && looksSecret(key, text));
}

/** Masks the strings of an inline value, but not those that are keys. */
function maskStrings(written: string, isSecret: (text: string) => boolean): string {
  if (/"""|'''/.test(written)) return masked(written);
  return written.replaceAll(/"(?:[^"\\\n]|\\.)*"(?!\s*=)|'[^'\n]*'(?!\s*=)/g, (quoted) => {
    const inner = quoted.slice(1, -1);
    if (isSecret(inner)) return mask;
    return /^https?:/i.test(inner) ? quoted[0] + maskUrl(inner) + quoted[0] : quoted;
  });
}

function masked(written: string): string {
  return mask + "\n".repeat(written.split("\n").length - 1);
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
}

function maskJsonc(text: string): string {
  const scanned = scanJsonc(text);
  // What cannot be read cannot be told apart either.
  if (!("root" in scanned)) return text.replaceAll(/[^\n]+/g, "***");
  const cuts = scanned.root === undefined ? [] : cutsOf(scanned.root, { key: "", isBelow: false });
  let result = text;
  for (const { start, end, shown } of cuts.toReversed()) {
    result = result.slice(0, start) + shown + result.slice(end);
  }
  return result;
}

function cutsOf(node: JsoncNode, place: { readonly key: string; readonly isBelow: boolean }): Cut[] {
  if (node.kind === "object") {
    return node.members.flatMap(({ key, value }) =>
      cutsOf(value, { key, isBelow: place.isBelow || secretTables.has(place.key) }),
    );
  }
  if (node.kind === "array") return node.items.flatMap((item) => cutsOf(item, place));
  const { start, end, value } = node;
  if (typeof value !== "string") return [];
  const isSecret = place.isBelow || secretTables.has(place.key) || isTelling(place.key)(value);
  if (isSecret) return [{ start, end, shown: mask }];
  const shown = /^https?:/i.test(value) ? JSON.stringify(maskUrl(value)) : undefined;
  return shown === undefined || maskUrl(value) === value ? [] : [{ start, end, shown }];
}
