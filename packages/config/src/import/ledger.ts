import type { TomlValue } from "../toml/emit-toml.js";

/** A key of theirs, as a dotted path, and ours that has taken it over. */
export interface KeptKey {
  readonly from: string;
  readonly to: string;
}

/** A key of theirs that is not taken over. */
export interface LeftKey {
  readonly key: string;
  readonly reason: string;
}

/** Something about a key that its owner must know. It never quotes a value. */
export interface KeyNote {
  readonly key: string;
  readonly text: string;
}

/** What became of a server's keys: each of them is kept, left or a problem. */
export interface Ledger {
  readonly entry: Readonly<Record<string, TomlValue>>;
  readonly kept: readonly KeptKey[];
  readonly left: readonly LeftKey[];
  /** What was changed on the way. */
  readonly notes: readonly KeyNote[];
  /** Environment variables that must be set for the server to work as it did. */
  readonly toSet: readonly KeyNote[];
  readonly problems: readonly KeyNote[];
  /** What each environment variable that is named here stands for, as their file has it; may be a secret. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A ledger that is being written. */
export interface LedgerWriter {
  /** The server's table so far, keys as in config.toml. */
  readonly entry: Record<string, TomlValue>;
  keep(from: string, to: string): void;
  /** Puts a value under a key, or below one, and says what it was taken from. */
  put(from: string, to: readonly [string, ...string[]], value: TomlValue): void;
  leave(key: string, reason: string): void;
  note(key: string, text: string): void;
  needVariable(key: string, text: string): void;
  refuse(key: string, text: string): void;
  /** Says what a variable that is named stands for. @param meaning as their file has it; itself, where that names it */
  nameVariable(name: string, meaning: string): void;
  close(): Ledger;
}

/** Opens an empty ledger. */
export function createLedger(): LedgerWriter {
  const entry: Record<string, TomlValue> = {};
  const kept: KeptKey[] = [];
  const left: LeftKey[] = [];
  const notes: KeyNote[] = [];
  const toSet: KeyNote[] = [];
  const problems: KeyNote[] = [];
  const variables = new Map<string, string>();
  return {
    entry,
    keep: (from, to) => void kept.push({ from, to }),
    put(from, to, value) {
      setDeep(entry, to, value);
      kept.push({ from, to: to.join(".") });
    },
    leave: (key, reason) => void left.push({ key, reason }),
    note: (key, text) => void notes.push({ key, text }),
    needVariable: (key, text) => void toSet.push({ key, text }),
    refuse: (key, text) => void problems.push({ key, text }),
    nameVariable: (name, meaning) => void variables.set(name, meaning),
    close: () => ({ entry, kept, left, notes, toSet, problems, variables }),
  };
}

function setDeep(
  table: Record<string, TomlValue>,
  [key, ...rest]: readonly string[],
  value: TomlValue,
): void {
  if (key === undefined) return;
  const [next, ...others] = rest;
  if (next === undefined) {
    Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner = { ...(Object.hasOwn(table, key) ? (table[key] as Record<string, TomlValue>) : {}) };
  setDeep(inner, [next, ...others], value);
  Object.defineProperty(table, key, { value: inner, enumerable: true, configurable: true, writable: true });
}
