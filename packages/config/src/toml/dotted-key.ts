import { parse } from "smol-toml";
import { emitKey } from "./emit-toml.js";

/** A dotted key at the front of a text, and where it ends. */
export interface LeadingKey {
  readonly path: readonly string[];
  /** Offset of the first character behind it and its blanks. */
  readonly end: number;
}

/**
 * Reads a dotted key as TOML has it, `mcp_servers."a.b".env`; what stands bare may have every character but blanks, dots,
 * quotes and `=`. Undefined if the text does not begin with one.
 */
export function readDottedKey(text: string): LeadingKey | undefined {
  const path: string[] = [];
  let at = 0;
  for (;;) {
    at = skipBlanks(text, at);
    const [written] = segmentAt(text, at) ?? [];
    const segment = written === undefined ? undefined : decode(written);
    if (written === undefined || segment === undefined) return undefined;
    path.push(segment);
    at = skipBlanks(text, at + written.length);
    if (text[at] !== ".") return { path, end: at };
    at++;
  }
}

/** Takes a whole text apart as a dotted key; undefined if it is none. */
export function parseDottedKey(text: string): readonly string[] | undefined {
  const key = readDottedKey(text);
  return key?.end === text.length ? key.path : undefined;
}

/** Writes a path as a dotted key that {@link parseDottedKey} takes apart again. */
export function formatDottedKey(path: readonly string[]): string {
  return path.map(emitKey).join(".");
}

function segmentAt(text: string, at: number): RegExpExecArray | null {
  const pattern = /"(?:[^"\\]|\\.)*"|'[^']*'|[^\s.="']+/suy;
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function decode(written: string): string | undefined {
  if (!/^["']/.test(written)) return written;
  try {
    const value = parse(`key = ${written}`)["key"];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}
