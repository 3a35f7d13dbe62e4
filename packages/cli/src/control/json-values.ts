/** The longest line that is taken, in bytes: an attaching agent sends the variables that it was asked for. */
export const maxControlLineBytes = 1024 * 1024;

/** Reads an object of JSON; undefined if it is none. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with members. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
