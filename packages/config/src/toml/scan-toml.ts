import { parse } from "smol-toml";

/** One table header or key-value pair of a TOML text, and the whole lines that it takes. */
export interface TomlStatement {
  readonly kind: "header" | "pair";
  /** The absolute key: of the table that a header opens, or of the value that a pair sets. */
  readonly path: readonly string[];
  /** Offset of the first character of its first line. */
  readonly start: number;
  /** Offset after the line break of its last line. */
  readonly end: number;
  /** Where the value of a pair begins and ends; of a header, its end twice. */
  readonly value: { readonly start: number; readonly end: number };
}

/**
 * Finds where each table header and pair of a TOML text stands. The text must be valid TOML: this reads only as much of
 * the grammar as is needed to tell where things end. What lies between statements is blank lines and comments.
 */
export function scanToml(text: string): TomlStatement[] {
  const statements: TomlStatement[] = [];
  let table: readonly string[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const start = at;
    at = skipBlanks(text, at);
    if (text[at] === "[") {
      const isArray = text[at + 1] === "[";
      const key = readKey(text, at + (isArray ? 2 : 1));
      table = key.parts;
      const end = lineEnd(text, key.end);
      statements.push({ kind: "header", path: table, start, end, value: { start: end, end } });
      at = end;
    } else if (text[at] === undefined || /[#\r\n]/.test(text[at] ?? "")) {
      at = lineEnd(text, at);
    } else {
      const key = readKey(text, at);
      const valueStart = skipBlanks(text, key.end + 1);
      const valueEnd = skipValue(text, valueStart);
      at = lineEnd(text, valueEnd);
      const value = { start: valueStart, end: valueEnd };
      statements.push({ kind: "pair", path: [...table, ...key.parts], start, end: at, value });
    }
  }
  return statements;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** The offset after the next line break, or the end of the text. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at + 1;
}

/** Reads a possibly dotted, possibly quoted key; ends at the `=` or `]` behind it. */
function readKey(text: string, from: number): { readonly parts: string[]; readonly end: number } {
  const parts: string[] = [];
  let at = skipBlanks(text, from);
  for (;;) {
    const start = at;
    if (text[at] === '"' || text[at] === "'") {
      at = skipString(text, at);
      parts.push(decodeString(text.slice(start, at)));
    } else {
      while (at < text.length && !/[\s.=\]]/.test(text[at] ?? "")) at++;
      parts.push(text.slice(start, at));
    }
    at = skipBlanks(text, at);
    if (text[at] !== ".") return { parts, end: at };
    at = skipBlanks(text, at + 1);
  }
}

function decodeString(quoted: string): string {
  const [value] = Object.values(parse(`key = ${quoted}`));
  return typeof value === "string" ? value : quoted;
}

/** The offset after a value, without the blanks and the comment behind it. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  let end = from;
  let at = from;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === '"' || character === "'") at = skipString(text, at);
    else if (character === "#") {
      if (depth === 0) return end;
      at = lineEnd(text, at);
      continue;
    } else {
      if (character === "\n" && depth === 0) return end;
      if (character === "[" || character === "{") depth++;
      if (character === "]" || character === "}") depth--;
      at++;
    }
    if (!/\s/.test(character)) end = at;
  }
  return end;
}

/** The offset after a string of any of the four kinds. */
function skipString(text: string, from: number): number {
  const quote = text[from] ?? "";
  const isLong = text.startsWith(quote.repeat(3), from);
  let at = from + (isLong ? 3 : 1);
  while (at < text.length) {
    if (text[at] === "\\" && quote === '"') at += 2;
    else if (text[at] !== quote) at++;
    else if (!isLong) return at + 1;
    else {
      // Up to two quotes may stand directly before the three that close the string.
      let run = 1;
      while (run < 5 && text[at + run] === quote) run++;
      at += run;
      if (run >= 3) return at;
    }
  }
  return at;
}
