import { isDeepStrictEqual } from "node:util";
import { FairleadError } from "@fairlead/core";
import { emitTable, emitValue, type TomlValue } from "../toml/emit-toml.js";
import { parseToml, type TomlDocument } from "../toml/parse-toml.js";
import { scanToml } from "../toml/scan-toml.js";
import { beginsWithTable, type CutOptions, cutEntry } from "./cut-entry.js";
import { endLike, lineBreakOf } from "./text-lines.js";

/** The content of one table, ready to be written. */
export type EntryTable = Readonly<Record<string, TomlValue | undefined>>;

/** Which table of a file is edited: the table `[group.name]`. */
export interface EntryKey {
  readonly group: "mcp_servers" | "executors";
  readonly name: string;
}

const file = "config.toml";

/** The names in one group of a text, in its order. */
export function entryNames(text: string, group: EntryKey["group"]): string[] {
  const tables = parseToml(text, file)[group];
  return isTable(tables) ? Object.keys(tables) : [];
}

/** What a key of a table is set to; undefined where it is not, or where there is no such table. */
export function entryValue(text: string, { group, name }: EntryKey, key: string): unknown {
  const tables = parseToml(text, file)[group];
  const table = isTable(tables) ? tables[name] : undefined;
  return isTable(table) ? table[key] : undefined;
}

/**
 * Sets one table of a valid TOML text. A table that is already there keeps its place and the comment above it; a new one
 * goes to the end.
 * @throws FairleadError `usage`, reason `config_invalid`, where the text cannot be edited safely
 */
export function setEntry(text: string, key: EntryKey, entry: EntryTable): string {
  return edit(text, key, entry, (body) => {
    const path = [key.group, key.name];
    const lineBreak = lineBreakOf(body);
    const table = emitTable(path, entry, lineBreak);
    if (beginsWithTable(body, path)) return cutEntry(body, path, { replacement: table });
    const rest = cutEntry(body, path);
    if (rest === "") return table;
    const gap = rest.endsWith("\n") ? lineBreak : lineBreak + lineBreak;
    return endLike(rest, rest + gap + table);
  });
}

function noTable({ group, name }: EntryKey): FairleadError {
  const text = `${group}.${name} is not a table, so no key of it can be set; mend it in the file`;
  return new FairleadError("usage", text, { reason: "config_invalid", effect: "none" });
}

/** One key of a table, and what it is to be. */
export interface EntrySetting {
  readonly name: string;
  readonly value: TomlValue;
}

/**
 * Sets one key of a table that is there. Where it is written already only its value changes; else it comes first in the
 * table. Comments and order stay, unless the table is written in a way that has no place for a line.
 * @throws FairleadError `usage`, reason `config_invalid`, where the text cannot be edited safely
 */
export function setEntryKey(text: string, key: EntryKey, setting: EntrySetting): string {
  const tables = parseToml(text, file)[key.group];
  const before = isTable(tables) ? tables[key.name] : undefined;
  if (before !== undefined && !isTable(before)) throw noTable(key);
  const entry = { ...(before as EntryTable | undefined), [setting.name]: setting.value };
  return edit(text, key, entry, (body) => {
    const path = [key.group, key.name];
    const statements = scanToml(body);
    const written = statements.find(
      ({ kind, path: at }) => kind === "pair" && isSame(at, [...path, setting.name]),
    );
    if (written !== undefined) {
      return body.slice(0, written.value.start) + emitValue(setting.value) + body.slice(written.value.end);
    }
    const header = statements.find(({ kind, path: at }) => kind === "header" && isSame(at, path));
    if (header === undefined) return setEntry(body, key, entry);
    const lineBreak = lineBreakOf(body);
    const gap = body.slice(0, header.end).endsWith("\n") ? "" : lineBreak;
    const line = `${gap}${setting.name} = ${emitValue(setting.value)}${lineBreak}`;
    return endLike(body, body.slice(0, header.end) + line + body.slice(header.end));
  });
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((step, at) => step === other[at]);
}

/**
 * Takes one table out of a valid TOML text, with the comments that are surely its own.
 * @throws FairleadError `usage`, reason `config_invalid`, where the text cannot be edited safely
 */
export function deleteEntry(
  text: string,
  key: EntryKey,
  options: Pick<CutOptions, "keepsCommentsBelow"> = {},
): string {
  return edit(text, key, undefined, (body) => cutEntry(body, [key.group, key.name], options));
}

/** Edits, reads the result back and compares it with what was wanted, so that no oddity of a file can damage it. */
function edit(
  text: string,
  key: EntryKey,
  entry: EntryTable | undefined,
  change: (body: string) => string,
): string {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = text.slice(mark.length);
  const result = editInline(body, key, entry) ?? change(body);
  if (!isAsWanted(body, result, key, entry)) {
    throw unsafe(`[${key.group}.${key.name}] is written in a way that cannot be changed safely`);
  }
  return mark + result;
}

/** A group that is one inline table can have no tables of its own, so its line is written anew. */
function editInline(body: string, key: EntryKey, entry: EntryTable | undefined): string | undefined {
  const inline = scanToml(body).find(
    ({ kind, path }) => kind === "pair" && path.length === 1 && path[0] === key.group,
  );
  if (inline === undefined) return undefined;
  const { start, end } = inline.value;
  const tables = parseToml(body, file)[key.group];
  if (!isTable(tables) || body.slice(start, end).includes("\n")) {
    throw unsafe(`${key.group} is a value of several lines or no table`);
  }
  const changed = { ...tables, [key.name]: entry } as EntryTable;
  return body.slice(0, start) + emitValue(changed) + body.slice(end);
}

function isAsWanted(before: string, after: string, key: EntryKey, entry: EntryTable | undefined): boolean {
  let found: TomlDocument;
  try {
    found = parseToml(after, file);
  } catch {
    return false;
  }
  const wanted = parseToml(before, file);
  const written = take(found, key);
  take(wanted, key);
  return isDeepStrictEqual(found, wanted) && isDeepStrictEqual(plain(written), plain(entry));
}

/** Takes an entry out of a document, and its group where nothing else is in it. */
function take(document: TomlDocument, { group, name }: EntryKey): unknown {
  const tables = document[group];
  if (!isTable(tables)) return undefined;
  const entry = tables[name];
  delete tables[name];
  if (Object.keys(tables).length === 0) delete document[group];
  return entry;
}

/** The same value without undefined keys and without the parser's prototypes. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unsafe(what: string): FairleadError {
  return new FairleadError(
    "usage",
    `${file} was not changed: ${what}. Edit it by hand, or write it as plain tables.`,
    {
      reason: "config_invalid",
      effect: "none",
    },
  );
}
