import * as z from "zod";
import { configSchema } from "./config-schema.js";

/** One key of `config.toml`. */
export interface ConfigKey {
  /** Its dotted path, with `<name>` where a name is chosen freely and `[]` for the items of an array. */
  readonly path: string;
  /** What it is for, in one sentence. */
  readonly description: string;
  /** The value it has when it is not written; absent if there is none. */
  readonly defaultValue?: unknown;
}

interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

let cachedTable: readonly ConfigKey[] | undefined;

/** Every key that this version knows, in the order of the definition. */
export function listConfigKeys(): readonly ConfigKey[] {
  cachedTable ??= withoutTwins(keysBelow(z.toJSONSchema(configSchema, { io: "input" }) as SchemaNode, ""));
  return cachedTable;
}

/** The keys that may stand directly below a place in the file, for example below `["mcp_servers", "files"]`. */
export function knownKeysAt(place: readonly PropertyKey[]): string[] {
  return listConfigKeys()
    .map((key) => key.path.replaceAll("[]", ".[]").split("."))
    .filter((path) => path.length === place.length + 1 && place.every((step, at) => matches(path[at], step)))
    .map((path) => path.at(-1) ?? "")
    .filter((key) => key !== "<name>" && key !== "[]");
}

function matches(pattern: string | undefined, step: PropertyKey): boolean {
  return pattern === "<name>" || (typeof step === "number" ? pattern === "[]" : pattern === step);
}

function keysBelow(node: SchemaNode, path: string): ConfigKey[] {
  const children: ConfigKey[] = [];
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const childPath = path === "" ? key : `${path}.${key}`;
    children.push(toKey(child, childPath), ...keysBelow(child, childPath));
  }
  if (typeof node.additionalProperties === "object") {
    children.push(...keysBelow(node.additionalProperties, `${path}.<name>`));
  }
  if (node.items !== undefined) children.push(...keysBelow(node.items, `${path}[]`));
  for (const choice of node.anyOf ?? []) children.push(...keysBelow(choice, path));
  return children;
}

/** Servers of both transports have some keys in common. */
function withoutTwins(keys: readonly ConfigKey[]): readonly ConfigKey[] {
  return [...new Map(keys.toReversed().map((key) => [key.path, key])).values()].toReversed();
}

function toKey(node: SchemaNode, path: string): ConfigKey {
  const key = { path, description: node.description ?? "" };
  return node.default === undefined ? key : { ...key, defaultValue: node.default };
}
