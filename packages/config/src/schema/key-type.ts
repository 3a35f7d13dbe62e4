/** The part of a JSON Schema that tells what kind of value is meant. */
export interface TypedNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: object;
  readonly additionalProperties?: TypedNode | boolean;
  readonly items?: TypedNode;
  readonly anyOf?: readonly TypedNode[];
}

/** What kind of value a key takes, in a few words: `array of string`, `"auto" | "legacy"`, `table`. */
export function describeType(node: TypedNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(describeType))].join(" or ");
  if (node.type === "array") return `array of ${describeType(node.items ?? {})}`;
  if (node.type !== "object") return String(node.type ?? "any");
  const values = node.additionalProperties;
  if (node.properties !== undefined || typeof values !== "object") return "table";
  const inner = describeType(values);
  return inner === "any" ? "table" : `table of ${inner}`;
}
