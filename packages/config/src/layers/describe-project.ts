import { readMcpServersJson } from "../load/read-mcp-servers-json.js";
import type { ConfigSource } from "../problems/config-problem.js";
import { formatDottedKey } from "../toml/dotted-key.js";
import { parseToml } from "../toml/parse-toml.js";
import { isTable, type Table, valueAt } from "./config-layer.js";
import { maskValueAt } from "./mask-value.js";
import { withoutOwnServe } from "./own-serve.js";
import type { ProjectFile } from "./read-layers.js";

/** What a file of a project would do. */
export interface ProjectDescription {
  /** False where it can only switch servers off and shorten or lengthen their times. */
  readonly needsTrust: boolean;
  /** One line for each thing, without secrets; the first ones are what it would start. */
  readonly lines: readonly string[];
}

/**
 * Says what using a file of a project would do, for a person who has to decide whether that may be.
 * @throws FairleadError `usage`, reason `config_invalid`, if it cannot be read
 */
export function describeProject({
  file,
  kind,
  text,
}: Pick<ProjectFile, "file" | "kind" | "text">): ProjectDescription {
  const source: ConfigSource = { file, kind, lineOf: () => undefined };
  // Variables stay as they are written: what fills them in later must change nothing about the answer.
  const value: Table =
    kind === "toml"
      ? withoutOwnServe(parseToml(text, file))
      : { ...readMcpServersJson(text, source, undefined).raw };
  const entries = ["mcp_servers", "connectors"].flatMap((group) => entriesOf(value, group));
  const started = entries.flatMap(({ place, entry }) => startLines(place, entry));
  const told = new Set(
    entries.flatMap(({ place, entry }) => toldKeys(entry).map((key) => id([...place, key]))),
  );
  const others = leavesOf(value, []).filter(
    ({ place }) => !place.some((_, at) => told.has(id(place.slice(0, at + 1)))),
  );
  return {
    needsTrust: !leavesOf(value, []).every(isHarmless),
    lines: [
      ...started,
      ...others.map(({ place, leaf }) => `sets ${formatDottedKey(place)} = ${shown(place, leaf)}`),
    ],
  };
}

interface Entry {
  readonly place: readonly [group: string, name: string];
  readonly entry: Table;
}

interface Leaf {
  readonly place: readonly string[];
  readonly leaf: unknown;
}

function entriesOf(value: Table, group: string): readonly Entry[] {
  const entries = valueAt(value, [group]);
  if (!isTable(entries)) return [];
  return Object.entries(entries).flatMap(([name, entry]) =>
    isTable(entry) ? [{ place: [group, name] as const, entry }] : [],
  );
}

/** Keys that {@link startLines} tells. */
function toldKeys(entry: Table): readonly string[] {
  return [...(Object.hasOwn(entry, "command") ? ["command", "args"] : []), "url", "headers_helper"];
}

function startLines([group, name]: Entry["place"], entry: Table): readonly string[] {
  const who = `${group === "connectors" ? "connector" : "server"} ${word(name)}`;
  const { command, args, url, headers_helper: helper, executor } = entry;
  const where = typeof executor === "string" && executor !== "local" ? ` on ${executor}` : "";
  const lines: string[] = [];
  if (command !== undefined) {
    const argv = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
    lines.push(`${who} runs${where}: ${argv.map(word).join(" ")}`);
  }
  if (url !== undefined)
    lines.push(`${who} sends requests${where} to ${word(maskValueAt([group, name, "url"], url))}`);
  if (helper !== undefined) lines.push(`${who} runs here: ${[helper].flat().map(word).join(" ")}`);
  return lines;
}

function word(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  return /^[\w@%+=:,./\\~${}?*&-]+$/.test(value) ? value : JSON.stringify(value);
}

function shown(place: readonly string[], leaf: unknown): string {
  return JSON.stringify(maskValueAt(place, leaf)) ?? "";
}

function leavesOf(value: unknown, place: readonly string[]): readonly Leaf[] {
  if (!isTable(value)) return [{ place, leaf: value }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...place, key]));
}

/** Nothing is started, reached, shown or allowed by these that was not before. */
function isHarmless({ place, leaf }: Leaf): boolean {
  const [group, , key = "", ...deeper] = place;
  if ((group !== "mcp_servers" && group !== "connectors") || deeper.length > 0) return false;
  if (key === "enabled" || key === "supports_parallel_tool_calls") return leaf === false;
  const isTime = key === "startup_timeout_sec" || key === "tool_timeout_sec";
  return isTime && typeof leaf === "number" && leaf > 0 && leaf <= longestHarmlessSec;
}

/** Within what every key about time takes. */
const longestHarmlessSec = 86_400;

function id(place: readonly string[]): string {
  return JSON.stringify(place);
}
