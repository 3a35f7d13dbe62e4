import * as z from "zod";
import { configSchema } from "./config-schema.js";
import { describeType, type TypedNode } from "./key-type.js";

/** One key of `config.toml`. */
export interface ConfigKey {
  /** Its dotted path, with `<name>` where a name is chosen freely and `[]` for the items of an array. */
  readonly path: string;
  /** What it is for, in one sentence. */
  readonly description: string;
  /** What kind of value it takes: `array of string`. */
  readonly type: string;
  /** The value it has when it is not written; absent if there is none. */
  readonly defaultValue?: unknown;
}

interface SchemaNode extends TypedNode {
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

/** The key that a place in the file is of, whatever names stand in the place; undefined if there is none. */
export function keyAt(place: readonly PropertyKey[]): ConfigKey | undefined {
  const own = place[0] === "profiles" && place.length > 2 ? place.slice(2) : place;
  return listConfigKeys().find((key) => {
    const path = stepsOf(key);
    return path.length === own.length && own.every((step, at) => matches(path[at], step));
  });
}

/** The keys that may stand directly below a place in the file, for example below `["mcp_servers", "files"]`. */
export function knownKeysAt(place: readonly PropertyKey[]): string[] {
  // A profile holds the same keys as the file.
  if (place[0] === "profiles" && place.length > 1) return knownKeysAt(place.slice(2));
  return listConfigKeys()
    .map(stepsOf)
    .filter((path) => path.length === place.length + 1 && place.every((step, at) => matches(path[at], step)))
    .map((path) => path.at(-1) ?? "")
    .filter((key) => key !== "<name>" && key !== "[]");
}

function stepsOf(key: ConfigKey): readonly string[] {
  return key.path.replaceAll("[]", ".[]").split(".");
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
  const key = { path, description: node.description ?? "", type: describeType(node) };
  return node.default === undefined ? key : { ...key, defaultValue: node.default };
}
