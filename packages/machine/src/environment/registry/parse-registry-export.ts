/**
 * Reads one text value out of what `reg export` writes. @returns undefined where the key has no such value, or where it is
 * no text
 */
export function parseRegistryExport(file: Buffer, name: string): string | undefined {
  const text = decoded(file).replace(/\\\r?\n\s*/g, "");
  const wanted = name.toLowerCase();
  for (const line of text.split(/\r?\n/)) {
    const [, key = "", data = ""] = /^"((?:[^"\\]|\\.)*)"=(.*)$/.exec(line) ?? [];
    if (unescaped(key).toLowerCase() === wanted) return valueOf(data.trim());
  }
  return undefined;
}

/** It writes UTF-16 with a mark; older forms are in the bytes of the system. */
function decoded(file: Buffer): string {
  return file[0] === 0xff && file[1] === 0xfe ? file.toString("utf16le", 2) : file.toString("utf8");
}

/** Texts are written as they are, and those with variables in them as their bytes in UTF-16. */
function valueOf(data: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(data);
  if (quoted !== null) return unescaped(quoted[1] ?? "");
  const hex = /^hex\((?:1|2)\):([0-9a-f,\s]*)$/i.exec(data);
  if (hex === null) return undefined;
  const bytes = (hex[1] ?? "").split(",").map((byte) => Number.parseInt(byte.trim(), 16));
  return Buffer.from(bytes.filter((byte) => !Number.isNaN(byte)))
    .toString("utf16le")
    .replace(/\0+$/, "");
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

/** Replaces `%NAME%` by what the variable is; what is not set stays as it is, as Windows does it. Case does not count. */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const values = new Map(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
  return text.replace(/%([^%]+)%/g, (written, name: string) => values.get(name.toUpperCase()) ?? written);
}
