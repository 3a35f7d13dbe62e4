import { isJsonObject } from "@fairlead/core";

/** An argument of a tool that its call repeats in an HTTP header. */
export interface HeaderParam {
  /** The keys that lead to it in `arguments`. */
  readonly path: readonly string[];
  /** The whole name of the header. */
  readonly header: string;
}

const annotation = "x-mcp-header";
/** A header name as HTTP has it (RFC 9110, token). */
const tokenSyntax = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerTypes: readonly unknown[] = ["string", "integer", "boolean"];

/** Keywords that hold one schema, or a list of them. */
const schemaKeywords = [
  "items",
  "prefixItems",
  "additionalItems",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
  "contentSchema",
] as const;
/** Keywords that hold schemas by name. */
const schemaMapKeywords = ["patternProperties", "dependentSchemas", "$defs", "definitions"] as const;

/**
 * Reads which arguments of a tool are repeated in headers (SEP-2243).
 * @param inputSchema the parsed schema of its arguments
 * @returns the problem, in words, if one annotation breaks a rule: such a tool must not be shown
 */
export function readHeaderParams(
  inputSchema: unknown,
): readonly HeaderParam[] | { readonly problem: string } {
  const found: HeaderParam[] = [];
  const problem = visitSchema(inputSchema, [], found);
  return problem === undefined ? found : { problem };
}

function visitSchema(schema: unknown, path: readonly string[], found: HeaderParam[]): string | undefined {
  if (!isJsonObject(schema)) return undefined;
  if (annotation in schema) {
    const problem = takeAnnotation(schema, path, found);
    if (problem !== undefined) return problem;
  }
  const { properties } = schema;
  for (const [key, child] of Object.entries(isJsonObject(properties) ? properties : {})) {
    const problem = visitSchema(child, [...path, key], found);
    if (problem !== undefined) return problem;
  }
  for (const [keyword, child] of elsewhere(schema)) {
    if (holdsAnnotation(child))
      return `${annotation} stands below ${keyword}, where its value cannot be told`;
  }
  return undefined;
}

function takeAnnotation(
  schema: Readonly<Record<string, unknown>>,
  path: readonly string[],
  found: HeaderParam[],
): string | undefined {
  const name = schema[annotation];
  const where = path.length === 0 ? "the schema itself" : path.join(".");
  if (path.length === 0) return `${annotation} stands on the schema itself`;
  if (typeof name !== "string" || !tokenSyntax.test(name)) {
    return `${annotation} of ${where} is no header name: ${JSON.stringify(name)}`;
  }
  if (!headerTypes.includes(schema["type"])) {
    return `${annotation} of ${where} needs the type string, integer or boolean, not ${JSON.stringify(schema["type"])}`;
  }
  const header = `Mcp-Param-${name}`;
  if (found.some((other) => other.header.toLowerCase() === header.toLowerCase())) {
    return `${annotation} names ${JSON.stringify(name)} twice`;
  }
  found.push({ path, header });
  return undefined;
}

/** The schemas inside a schema that no chain of `properties` leads to. */
function* elsewhere(schema: Readonly<Record<string, unknown>>): Generator<readonly [string, unknown]> {
  for (const keyword of schemaKeywords) {
    const value = schema[keyword];
    for (const child of Array.isArray(value) ? value : [value]) yield [keyword, child];
  }
  for (const keyword of schemaMapKeywords) {
    const value = schema[keyword];
    for (const child of isJsonObject(value) ? Object.values(value) : []) yield [keyword, child];
  }
}

function holdsAnnotation(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false;
  if (annotation in schema) return true;
  const { properties } = schema;
  const children = isJsonObject(properties) ? Object.values(properties) : [];
  return children.some(holdsAnnotation) || [...elsewhere(schema)].some(([, child]) => holdsAnnotation(child));
}
