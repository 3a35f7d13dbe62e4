import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isTable, type Table } from "./config-layer.js";

/** The keys that name files of this machine, `*` for a chosen name. */
const pathKeys: readonly (readonly string[])[] = [
  ["gateway", "tls", "cert"],
  ["gateway", "tls", "key"],
  ["executors", "*", "token_file"],
  ["executors", "*", "tls", "ca"],
  ["executors", "*", "tls", "cert"],
  ["executors", "*", "tls", "key"],
  ["mcp_servers", "*", "oauth", "private_key_file"],
  ["connectors", "*", "oauth", "private_key_file"],
];

/** Makes an absolute path of this machine of one that was written: `~/` is the user's folder, others begin at a folder. */
export function toAbsolutePath(path: string, folder: string): string {
  return /^~[\\/]/.test(path) ? join(homedir(), path.slice(2)) : resolve(folder, path);
}

/** A copy of a layer in which the files of this machine have absolute paths, so that it can be laid over another one. */
export function withAbsolutePaths(value: Table, folder: string): Table {
  return mapMembers(value, [], (place, member) => {
    const isPath = pathKeys.some((key) => matches(key, place) || matches(["profiles", "*", ...key], place));
    return isPath && typeof member === "string" && member !== "" ? toAbsolutePath(member, folder) : member;
  });
}

function mapMembers(
  table: Table,
  place: readonly string[],
  change: (place: readonly string[], member: unknown) => unknown,
): Table {
  const members = Object.entries(table).map(([key, member]): [string, unknown] => {
    const here = [...place, key];
    return [key, isTable(member) ? mapMembers(member, here, change) : change(here, member)];
  });
  return Object.fromEntries(members);
}

function matches(key: readonly string[], place: readonly string[]): boolean {
  return key.length === place.length && key.every((step, at) => step === "*" || step === place[at]);
}
