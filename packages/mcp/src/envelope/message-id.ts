/** A JSON-RPC id together with the bytes it came as, which is what must be echoed. */
export interface MessageId {
  /** The parsed value; a number outside the safe integers may be rounded here, `raw` is exact. */
  readonly value: string | number | null;
  readonly raw: Buffer;
}

/**
 * Reads a JSON-RPC id.
 * @returns undefined if the bytes are no JSON string, number or null
 */
export function readMessageId(raw: Buffer): MessageId | undefined {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
  if (value !== null && typeof value !== "string" && typeof value !== "number") return undefined;
  return { value, raw };
}

/** Gives a text that is equal for equal ids only: `1` and `"1"` differ, `1` and `1.0` do not. */
export function messageIdKey({ value, raw }: MessageId): string {
  if (typeof value === "string") return `s:${value}`;
  if (Number.isSafeInteger(value)) return `n:${String(value)}`;
  return `r:${raw.toString("latin1")}`;
}
