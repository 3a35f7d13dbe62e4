import type * as z from "zod";

const expectedWords: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "a table",
  record: "a table",
};

/**
 * Says in our words what a schema found: what was expected, and what was there. Of a value that could be a secret only
 * the type is told.
 */
export function describeIssue(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case "invalid_type": {
      const expected = expectedWords[issue.expected] ?? issue.expected;
      return found === undefined
        ? `is missing; expected ${expected}`
        : `expected ${expected}, got ${typeOf(found)}`;
    }
    case "too_small":
      if (issue.origin === "string" || issue.origin === "array") return issue.message;
      return `expected ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}, got ${numberText(found)}`;
    case "too_big":
      return `expected at most ${issue.maximum}, got ${numberText(found)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}, got ${wordText(found)}`;
    case "invalid_key":
      return issue.issues.map((inner) => inner.message).join("; ");
    case "invalid_union":
      return `expected a string or a table, got ${typeOf(found)}`;
    default:
      return issue.message;
  }
}

/** The kind of a value in the words of the file formats. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "number") {
    return Number.isFinite(value) ? "a number" : String(value);
  }
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" ? "a string" : "a table";
}

function numberText(value: unknown): string {
  return typeof value === "number" ? String(value) : typeOf(value);
}

function wordText(value: unknown): string {
  return typeof value === "string" && value.length <= 40 ? JSON.stringify(value) : typeOf(value);
}
