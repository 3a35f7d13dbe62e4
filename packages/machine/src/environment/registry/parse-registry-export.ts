/** A text value of the registry. */
export interface RegistryText {
  readonly name: string;
  readonly text: string;
  /** Whether `%NAME%` in it stands for a variable. */
  readonly isExpandable: boolean;
}

/** Reads the text values out of what `reg export` writes for one key. */
export function parseRegistryExport(file: Buffer): readonly RegistryText[] {
  const text = decoded(file).replace(/\\\r?\n\s*/g, "");
  return text.split(/\r?\n/).flatMap((line) => {
    const [, key = "", data = ""] = /^"((?:[^"\\]|\\.)*)"=(.*)$/.exec(line) ?? [];
    const value = key === "" ? undefined : valueOf(data.trim());
    return value === undefined ? [] : [{ name: unescaped(key), ...value }];
  });
}

/** It writes UTF-16 with a mark; older forms are in the bytes of the system. */
function decoded(file: Buffer): string {
  return file[0] === 0xff && file[1] === 0xfe ? file.toString("utf16le", 2) : file.toString("utf8");
}

/** Texts are written as they are, and those with variables in them as their bytes in UTF-16. */
function valueOf(data: string): Omit<RegistryText, "name"> | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(data);
  if (quoted !== null) return { text: unescaped(quoted[1] ?? ""), isExpandable: false };
  const hex = /^hex\(([12])\):([0-9a-f,\s]*)$/i.exec(data);
  if (hex === null) return undefined;
  const bytes = (hex[2] ?? "").split(",").map((byte) => Number.parseInt(byte.trim(), 16));
  const text = Buffer.from(bytes.filter((byte) => !Number.isNaN(byte)))
    .toString("utf16le")
    .replace(/\0+$/, "");
  return { text, isExpandable: hex[1] === "2" };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

/** Replaces `%NAME%` by what the variable is; what is not set stays as it is, as Windows does it. Case does not count. */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const values = new Map(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
  return text.replace(/%([^%]+)%/g, (written, name: string) => values.get(name.toUpperCase()) ?? written);
}
