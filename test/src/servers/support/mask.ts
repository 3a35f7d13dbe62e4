/**
 * Gives a copy of JSON data with every text rewritten. Blobs that hold text are rewritten as the text that they hold.
 * @param rewrite told each text
 */
export function rewriteTexts<T>(value: T, rewrite: (text: string) => string): T {
  return rewriteValue(value, rewrite, undefined) as T;
}

/** Takes out what a server makes up anew each time: the time of day, time stamps, random ids. */
export function maskRandom<T>(value: T): T {
  return rewriteTexts(value, (text) =>
    text
      .replaceAll(/created at \d{1,2}:\d{2}:\d{2}(?:\s[AP]M)?/g, "created at TIME")
      .replaceAll(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, "TIMESTAMP")
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
      .replaceAll(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g, "HEX-ID"),
  );
}

function rewriteValue(value: unknown, rewrite: (text: string) => string, key: string | undefined): unknown {
  if (typeof value === "string") {
    if (key !== "blob") return rewrite(value);
    const text = Buffer.from(value, "base64").toString("utf8");
    return text.includes("\uFFFD") ? value : `(base64) ${rewrite(text)}`;
  }
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, rewrite, undefined));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, rewriteValue(member, rewrite, name)]),
  );
}
