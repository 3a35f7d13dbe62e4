/** A table of config.toml. Values are texts, numbers, flags, lists and tables of these; what is undefined is left out. */
export function tomlTable(heading: string, entries: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entries).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${tomlValue(value)}`],
  );
  return [`[${heading}]`, ...lines, ""].join("\n");
}

function tomlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)} = ${tomlValue(member)}`,
  );
  return `{ ${entries.join(", ")} }`;
}
