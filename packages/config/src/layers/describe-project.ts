import { readMcpServersJson } from "../load/read-mcp-servers-json.js";
import type { ConfigSource } from "../problems/config-problem.js";
import { formatDottedKey } from "../toml/dotted-key.js";
import { parseToml } from "../toml/parse-toml.js";
import { isTable, type Table, valueAt } from "./config-layer.js";
import { withoutOwnServe } from "./own-serve.js";
import type { ProjectFile } from "./read-layers.js";

/** What a file of a project would do. */
export interface ProjectDescription {
  /** False where it can only switch servers off and shorten or lengthen their times. */
  readonly needsTrust: boolean;
  /**
   * What it would set, and in the last lines, where people look, all that it would start and reach. Values are shown as they
   * are written: they are not the reader's secrets, and what is hidden could be what leads a program astray.
   */
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
      ? withoutOwnServe(parseToml(text, file)).value
      : { ...readMcpServersJson(text, source, undefined).raw };
  const profiles = valueAt(value, ["profiles"]);
  const places = [[], ...Object.keys(isTable(profiles) ? profiles : {}).map((name) => ["profiles", name])];
  const entries = places.flatMap((around) => [
    ...entriesOf(value, [...around, "mcp_servers"]),
    ...entriesOf(value, [...around, "connectors"]),
  ]);
  const started = entries.flatMap(({ place, entry }) => startLines(place, entry));
  const told = new Set(
    entries.flatMap(({ place, entry }) => toldKeys(entry).map((key) => id([...place, key]))),
  );
  const leaves = leavesOf(value, []);
  const others = leaves.filter(({ place }) => !place.some((_, at) => told.has(id(place.slice(0, at + 1)))));
  return { needsTrust: !leaves.every(isHarmless), lines: [...setLines(others), ...started] };
}

/** More would push what matters out of sight. */
const maxSetLines = 40;

/** Longer values are cut, in characters. */
const maxShown = 300;

function setLines(leaves: readonly Leaf[]): readonly string[] {
  const mattering = leaves.filter((leaf) => !isHarmless(leaf));
  const sorted = [...mattering, ...leaves.filter(isHarmless)];
  const lines = sorted
    .slice(0, maxSetLines)
    .map(({ place, leaf }) => `sets ${formatDottedKey(place)} = ${shown(leaf)}`);
  const more = sorted.length - lines.length;
  return more === 0 ? lines : [...lines, `sets ${more} more, which only the file shows`];
}

interface Entry {
  readonly place: readonly string[];
  readonly entry: Table;
}

interface Leaf {
  readonly place: readonly string[];
  readonly leaf: unknown;
}

function entriesOf(value: Table, group: readonly string[]): readonly Entry[] {
  const entries = valueAt(value, group);
  if (!isTable(entries)) return [];
  return Object.entries(entries).flatMap(([name, entry]) =>
    isTable(entry) ? [{ place: [...group, name], entry }] : [],
  );
}

/** Keys that {@link startLines} tells. */
function toldKeys(entry: Table): readonly string[] {
  return [...(Object.hasOwn(entry, "command") ? ["command", "args"] : []), "url", "headers_helper"];
}

function startLines(place: Entry["place"], entry: Table): readonly string[] {
  const [group, name] = place.slice(-2);
  const profile = place.length > 2 ? ` of profile ${word(place[1])}` : "";
  const who = `${group === "connectors" ? "connector" : "server"} ${word(name)}${profile}`;
  const { command, args, url, headers_helper: helper, executor } = entry;
  const where = typeof executor === "string" && executor !== "local" ? ` on ${executor}` : "";
  const lines: string[] = [];
  if (command !== undefined) {
    const argv = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
    lines.push(`${who} runs${where}: ${argv.map(word).join(" ")}`);
  }
  if (url !== undefined) lines.push(`${who} sends requests${where} to ${word(url)}`);
  if (helper !== undefined) lines.push(`${who} runs here: ${[helper].flat().map(word).join(" ")}`);
  return lines;
}

function word(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  return /^[\w@%+=:,./\\~${}?*&-]+$/.test(value) ? value : JSON.stringify(value);
}

function shown(leaf: unknown): string {
  const text = JSON.stringify(leaf) ?? "";
  const more = text.length - maxShown;
  return more <= 0 ? text : `${text.slice(0, maxShown)}… and ${more} more characters`;
}

/** Tables with entries of free names; an empty one says nothing. */
const groups: ReadonlySet<string | undefined> = new Set(["mcp_servers", "connectors"]);

function leavesOf(value: unknown, place: readonly string[]): readonly Leaf[] {
  if (!isTable(value)) return [{ place, leaf: value }];
  // A table that is empty is there all the same, and may stand for all defaults of something; a group of none is not.
  const isGroup = place.length === 0 || (place.length === 1 && groups.has(place[0]));
  if (Object.keys(value).length === 0 && !isGroup) return [{ place, leaf: value }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...place, key]));
}

/** Nothing is started, reached, shown or allowed by these that was not before. */
function isHarmless({ place, leaf }: Leaf): boolean {
  const [group, , key = "", ...deeper] = place;
  if (!groups.has(group) || deeper.length > 0) return false;
  if (key === "enabled" || key === "supports_parallel_tool_calls") return leaf === false;
  const isTime = key === "startup_timeout_sec" || key === "tool_timeout_sec";
  return isTime && typeof leaf === "number" && leaf > 0 && leaf <= longestHarmlessSec;
}

/** Within what every key about time takes. */
const longestHarmlessSec = 86_400;

function id(place: readonly string[]): string {
  return JSON.stringify(place);
}
