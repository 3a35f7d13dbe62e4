import { FairleadError } from "@fairlead/core";
import { checkConfigText } from "../load/check-config-text.js";
import { type ConfigProblem, toConfigError } from "../problems/config-problem.js";
import { didYouMean } from "../problems/nearest-name.js";
import type { ExecutorEntry } from "../schema/executor-schema.js";
import type { ServerEntry } from "../schema/server-schema.js";
import { validateConfig } from "../validate/validate-config.js";
import {
  deleteEntry,
  type EntryKey,
  type EntryTable,
  entryNames,
  entryValue,
  setEntry,
  setEntryKey,
} from "./edit-entry.js";

/** How an entry is added. */
export interface AddOptions {
  /** Whether an entry of that name may be replaced; it keeps its place and the comment above it. @default false */
  readonly replace?: boolean | undefined;
}

/**
 * Adds an MCP server to the text of a `config.toml`, at its end; everything else stays as it is, byte for byte.
 * @throws FairleadError `already_exists` (reason `name_taken`), or `usage` (reason `config_invalid`) if the entry or the
 * text is not valid
 */
export function addServer(text: string, name: string, entry: ServerEntry, options: AddOptions = {}): string {
  return add(text, { group: "mcp_servers", name }, entry, options);
}

/**
 * Removes an MCP server from the text of a `config.toml`, with its comments.
 * @throws FairleadError `not_found`, reason `server_unknown`
 */
export function removeServer(text: string, name: string): string {
  return remove(text, { group: "mcp_servers", name });
}

/**
 * Switches an MCP server of a `config.toml` on or off; everything else stays as it is. What is on without a word about it
 * stays without one.
 * @throws FairleadError `not_found`, reason `server_unknown`
 */
export function setServerEnabled(text: string, name: string, isEnabled: boolean): string {
  const key = { group: "mcp_servers", name } as const;
  requireEntry(text, key);
  if ((entryValue(text, key, "enabled") ?? true) === isEnabled) return text;
  return setEntryKey(text, key, { name: "enabled", value: isEnabled });
}

/**
 * Adds an executor to the text of a `config.toml`; see {@link addServer}.
 * @throws FairleadError `already_exists` (reason `name_taken`), or `usage` (reason `config_invalid`)
 */
export function addExecutor(
  text: string,
  name: string,
  entry: ExecutorEntry,
  options: AddOptions = {},
): string {
  return add(text, { group: "executors", name }, entry, options);
}

/**
 * Removes an executor from the text of a `config.toml`. Servers that name it stay, and fail until they name another.
 * @throws FairleadError `not_found`, reason `executor_unknown`
 */
export function removeExecutor(text: string, name: string): string {
  return remove(text, { group: "executors", name });
}

const nouns = { mcp_servers: "server", executors: "executor" } as const;

function add(text: string, key: EntryKey, entry: EntryTable, options: AddOptions): string {
  if (options.replace !== true && entryNames(text, key.group).includes(key.name)) {
    const noun = nouns[key.group];
    throw new FairleadError(
      "already_exists",
      `There is already ${noun === "executor" ? "an" : "a"} ${noun} "${key.name}". Choose another name, or replace it with --force.`,
      {
        reason: "name_taken",
        effect: "none",
        details: { [noun]: key.name },
      },
    );
  }
  const source = { file: `new ${nouns[key.group]}`, kind: "toml", lineOf: () => undefined } as const;
  const { problems, unknownKeys } = validateConfig({ [key.group]: { [key.name]: entry } }, () => source);
  throwAny([...problems, ...unknownKeys]);
  const result = setEntry(text, key, entry);
  // Some rules need the whole file, such as that the default executor is this machine. Old faults of others are not ours.
  const groups = key.group === "mcp_servers" ? ["mcp_servers", "connectors"] : [key.group];
  throwAny(
    checkConfigText(result, source).filter(
      ({ place: [group, name] }) => name === key.name && groups.includes(String(group)),
    ),
  );
  return result;
}

function remove(text: string, key: EntryKey): string {
  requireEntry(text, key);
  return deleteEntry(text, key);
}

function requireEntry(text: string, key: EntryKey): void {
  const names = entryNames(text, key.group);
  if (names.includes(key.name)) return;
  const noun = nouns[key.group];
  const known = names.length === 0 ? `no ${noun} is configured` : `configured are ${names.join(", ")}`;
  const message = `There is no ${noun} ${JSON.stringify(key.name)}; ${known}.${didYouMean(key.name, names)}`;
  throw new FairleadError("not_found", message, {
    reason: `${noun}_unknown`,
    effect: "none",
    details: { [noun]: key.name },
  });
}

function throwAny(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw toConfigError(problems);
}
