import { FairleadError } from "@fairlead/core";

/** A value that is written to `config.toml`. */
export type TomlValue =
  | string
  | number
  | boolean
  | readonly TomlValue[]
  | { readonly [key: string]: TomlValue | undefined };

/** Writes one table with its header; tables inside it become inline ones. Keys that are undefined are left out. */
export function emitTable(
  path: readonly string[],
  table: Readonly<Record<string, TomlValue | undefined>>,
  lineBreak: string,
): string {
  const lines = [`[${path.map(emitKey).join(".")}]`];
  for (const [key, value] of Object.entries(table)) {
    if (value !== undefined) lines.push(`${emitKey(key)} = ${emitValue(value)}`);
  }
  return lines.map((line) => line + lineBreak).join("");
}

/** Writes one value on one line. */
export function emitValue(value: TomlValue): string {
  if (typeof value === "string") return emitString(value);
  if (typeof value === "number") return emitNumber(value);
  if (typeof value === "boolean") return String(value);
  if (isArray(value)) return `[${value.map(emitValue).join(", ")}]`;
  const pairs = Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : [`${emitKey(key)} = ${emitValue(inner)}`],
  );
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function isArray(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** Writes one key: bare where TOML allows that, else quoted. */
export function emitKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : emitBasicString(key);
}

/** Texts with backslashes, such as Windows paths, stay readable as literal strings where that is possible. */
function emitString(text: string): string {
  const isLiteral = text.includes("\\") && /^[^'\p{Cc}\p{Surrogate}]*$/u.test(text);
  return isLiteral ? `'${text}'` : emitBasicString(text);
}

function emitBasicString(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new FairleadError(
      "usage",
      "A text is not valid Unicode (half of a surrogate pair) and cannot be saved",
      {
        reason: "argument_invalid",
        effect: "none",
      },
    );
  }
  const escaped = text.replace(/["\\\p{Cc}]/gu, (character) => {
    const short = shortEscapes[character];
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function emitNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
