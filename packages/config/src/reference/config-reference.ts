import { type ConfigKey, listConfigKeys } from "../schema/key-table.js";

/** What begins the part of a page that is written by a program. */
const referenceMark = "<!-- Everything below is written by npm run schema:write. -->";

/** The page with its generated part made anew. @throws Error if it has no place for one */
export function withConfigReference(page: string): string {
  const at = page.indexOf(referenceMark);
  if (at < 0) throw new Error(`The page has no line ${referenceMark}`);
  return `${page.slice(0, at)}${referenceMark}\n\n${configReference()}`;
}

/** Every key of `config.toml` in Markdown: one table for each table of the file. */
function configReference(): string {
  const keys = listConfigKeys();
  const groups = new Map<string, ConfigKey[]>();
  for (const key of keys) {
    const group = groupOf(key, keys);
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return [...groups].map(([group, members]) => section(group, members)).join("\n");
}

/** The table of the file that a key is told under; the top is the empty text. */
function groupOf({ path }: ConfigKey, keys: readonly ConfigKey[]): string {
  const [first = "", second] = path.split(".");
  const isTable = keys.some((other) => other.path.startsWith(`${first}.`)) || first === "profiles";
  if (!isTable) return "";
  const hasNames = keys.some((other) => other.path.startsWith(`${first}.<name>`)) || first === "profiles";
  return second === "<name>" || hasNames ? `${first}.<name>` : first;
}

function section(group: string, keys: readonly ConfigKey[]): string {
  const [head] = group.split(".");
  const about = keys.find(({ path }) => path === head);
  const rows = keys.filter((key) => key !== about || group === "").map((key) => row(key, group));
  const title = group === "" ? "Top of the file" : `\`[${group.replace("<name>", "NAME")}]\``;
  const table = rows.length === 0 ? [] : ["| key | type | default | |", "|---|---|---|---|", ...rows, ""];
  const text = group === "" || about === undefined ? [] : [about.description, ""];
  return [`## ${title}`, "", ...text, ...table].join("\n");
}

function row({ path, type, defaultValue, description }: ConfigKey, group: string): string {
  const key = group === "" ? path : path.slice(group.length + 1);
  const shown = key.replaceAll("<name>", "NAME");
  const initial = defaultValue === undefined ? "" : `\`${cell(JSON.stringify(defaultValue))}\``;
  return `| \`${cell(shown)}\` | ${cell(type)} | ${initial} | ${cell(description)} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
