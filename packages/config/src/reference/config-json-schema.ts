import * as z from "zod";
import { configSchema } from "../schema/config-schema.js";

/** A node of a JSON Schema. */
type Node = { readonly [key: string]: unknown };

/**
 * The JSON Schema of `config.toml`, in the draft that editors for TOML understand best (draft 7). What a profile holds is
 * the same with nothing required, because it changes what is there.
 */
export function configJsonSchema(): object {
  const { $schema, ...whole } = z.toJSONSchema(configSchema, { io: "input", target: "draft-7" }) as Node;
  const root = map(whole, withPlainPatterns);
  const properties = root["properties"] as Node;
  const { profiles, ...others } = properties;
  const profile = map({ ...root, description: "One profile.", properties: others }, withoutNeeds);
  return {
    $schema,
    title: "config.toml of Fairlead",
    ...root,
    properties: { ...others, profiles: { ...(profiles as Node), additionalProperties: profile } },
  };
}

function map(node: Node, change: (node: Node) => Node): Node {
  const members = Object.entries(change(node)).map(([key, value]) => [key, mapValue(value, change)]);
  return Object.fromEntries(members) as Node;
}

function mapValue(value: unknown, change: (node: Node) => Node): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mapValue(item, change));
  return typeof value === "object" && value !== null ? map(value as Node, change) : value;
}

/** Not every engine knows `\0`. */
function withPlainPatterns(node: Node): Node {
  const { pattern } = node;
  return typeof pattern === "string" ? { ...node, pattern: pattern.replaceAll("\\0", "\\x00") } : node;
}

/** A default there would be told as what a profile sets. */
function withoutNeeds(node: Node): Node {
  const { required, default: initial, ...rest } = node;
  return {
    ...rest,
    // Keys may be called so too.
    ...(Array.isArray(required) || required === undefined ? {} : { required }),
    ...(typeof initial === "object" && initial !== null && "type" in initial ? { default: initial } : {}),
  };
}
