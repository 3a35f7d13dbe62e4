/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells whether a parsed value is an object, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
