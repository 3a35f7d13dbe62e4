import { isTable, type Table, valueAt, withMember } from "./config-layer.js";

/**
 * A config.toml of a project without the servers that are `fairlead serve` itself: other programs start it from there, and it must
 * not start itself again.
 */
export function withoutOwnServe(value: Table): Table {
  const servers = valueAt(value, ["mcp_servers"]);
  if (!isTable(servers)) return value;
  const others = Object.entries(servers).filter(([, entry]) => !isOwnServe(entry));
  return withMember(value, "mcp_servers", Object.fromEntries(others));
}

/**
 * Whether a server is `fairlead serve` itself. It is asked about what is written in a file, before anything is filled in, so
 * that what a person is shown and what is used are never two things.
 */
export function isOwnServe(entry: unknown): boolean {
  const command = valueAt(entry, ["command"]);
  const args = valueAt(entry, ["args"]);
  const words = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
  const own = words.findIndex((word) => typeof word === "string" && isOwnProgram(word));
  return own >= 0 && words.indexOf("serve", own) > own;
}

/** `fairlead`, a path that ends so, or the package by its name and version. */
function isOwnProgram(word: string): boolean {
  const name = word.split(/[\\/]/).at(-1) ?? "";
  return /^fairlead(?:\.(?:js|cmd|exe|ps1))?(?:@[\w.^~-]+)?$/i.test(name);
}
