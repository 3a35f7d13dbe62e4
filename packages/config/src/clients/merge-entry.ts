import { isJsonObject } from "@fairlead/core";
import type { TomlValue } from "../toml/emit-toml.js";
import type { ClientEntry } from "./client-entry.js";

/** An entry as a client's configuration has it. */
export type KnownEntry = Readonly<Record<string, unknown>>;

/**
 * Lays our entry over one of ours that is there. What its owner has added stays: other keys, and other members of the
 * environment and of the headers. Only where a program becomes an address, or the other way, what was about the former goes.
 */
export function mergeEntry(known: KnownEntry, entry: ClientEntry): ClientEntry {
  const isSameKind = isProgram(known) === isProgram(entry);
  const gone = isSameKind ? addressKeys : transportKeys;
  const kept = Object.entries(known).filter(([key]) => Object.hasOwn(entry, key) || !gone.includes(key));
  const ours = Object.entries(entry).map(([key, value]): [string, unknown] => {
    const before = Object.hasOwn(known, key) ? known[key] : undefined;
    return [key, isSameKind && isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value];
  });
  return Object.fromEntries([...kept, ...ours]) as Readonly<Record<string, TomlValue>>;
}

const addressKeys: readonly string[] = ["url", "httpUrl", "serverUrl"];

const transportKeys: readonly string[] = [
  ...addressKeys,
  "type",
  "source",
  "command",
  "args",
  "cwd",
  "env",
  "env_vars",
  "headers",
  "http_headers",
  "env_http_headers",
  "bearer_token_env_var",
];

function isProgram(entry: KnownEntry): boolean {
  return !addressKeys.some((key) => entry[key] !== undefined);
}
