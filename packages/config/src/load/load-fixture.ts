import { join, resolve } from "node:path";
import { isFairleadError } from "@fairlead/core";
import { type LoadConfigOptions, loadConfig } from "./load-config.js";

/** The home folder of these loads; nothing is there on disk. */
export const home = resolve("/home-of-fairlead");

/** Its config.toml. */
export const file = join(home, "config.toml");

/** The file of `--mcp-config`. */
export const jsonFile = resolve("/project/.mcp.json");

/** What a server has of which nothing is written about sharing, approvals and questions; `share` aside. */
export const sharingDefaults = {
  supportsParallelToolCalls: true,
  defaultApproval: "approve",
  tools: {},
  elicitations: "ask",
} as const;

/** Loads texts as if they were the two files, `json` being the one of `--mcp-config`. */
export function load(toml: string | undefined, more: { json?: unknown } & Partial<LoadConfigOptions> = {}) {
  const { json, ...options } = more;
  const jsonText = typeof json === "string" ? json : JSON.stringify(json);
  const files = new Map([
    [file, toml],
    [jsonFile, jsonText],
  ]);
  return loadConfig({
    home,
    ...(json === undefined ? {} : { mcpConfigFile: jsonFile }),
    readFile: async (path) => files.get(path),
    ...options,
  });
}

/** The message of the error that a load ends with, its paths shortened to FILE and JSON. */
export async function failure(...args: Parameters<typeof load>): Promise<string> {
  const error: unknown = await load(...args).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isFairleadError(error)) throw new Error(`expected a FairleadError, got ${String(error)}`);
  const kind = `${error.code} ${error.reason} ${error.effect}`;
  if (kind !== "usage config_invalid none") throw new Error(`expected a configuration error, got ${kind}`);
  return error.message.replaceAll(file, "FILE").replaceAll(jsonFile, "JSON");
}
