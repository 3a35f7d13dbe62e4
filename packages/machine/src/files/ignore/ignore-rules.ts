import { type NamePattern, parseNamePattern } from "./name-pattern.js";

/** What the lines of one ignore file say. */
export interface IgnoreRules {
  /**
   * What the last line that matches says about an entry; undefined where none does.
   * @param path the names that lead to it
   * @param from where in `path` the folder of the ignore file is left behind
   */
  decide(path: readonly string[], from: number, isFolder: boolean): "ignore" | "keep" | undefined;
  readonly size: RulesSize;
}

/** What rules cost: memory for each, and time for every entry that is compared with their wildcards. */
export interface RulesSize {
  readonly rules: number;
  /** Characters of patterns with wildcards, but for plain suffixes. */
  readonly wildcardUnits: number;
}

/** What the ignore files of a folder and those above it may have together. Nobody needs a tenth of it. */
export const mostRules: RulesSize = { rules: 20_000, wildcardUnits: 16 * 1024 };

/** Lines beyond this are left out: nobody writes so many. */
const mostLines = 10_000;
/** Nor such long ones: no path could match. */
const mostLineUnits = 4_096;

interface Rule {
  readonly index: number;
  readonly keeps: boolean;
  readonly foldersOnly: boolean;
  /** `**` stands for any number of names. */
  readonly segments: readonly (NamePattern | "**")[];
}

/**
 * Reads the text of a .gitignore file, or one of its kind.
 * @param room what it may have; rules beyond it are left out
 * @returns undefined where it says nothing
 */
export function parseIgnoreRules(text: string, room: RulesSize = mostRules): IgnoreRules | undefined {
  const lines = text.replace(/^\u{feff}/u, "").split(/\r?\n/, mostLines);
  const rules: Rule[] = [];
  let wildcardUnits = 0;
  for (const [index, line] of lines.entries()) {
    const rule = parseLine(line, index);
    if (rule === undefined) continue;
    const units = isLookedUp(rule) ? 0 : sum(rule.segments, (one) => (one === "**" ? 0 : one.units));
    if (rules.length === room.rules || wildcardUnits + units > room.wildcardUnits) break;
    wildcardUnits += units;
    rules.push(rule);
  }
  if (rules.length === 0) return undefined;
  return new RuleSet(rules, { rules: rules.length, wildcardUnits });
}

/** Whether it is found by a name or a suffix, so that it costs no comparison. */
function isLookedUp({ segments: [first, second, ...more] }: Rule): boolean {
  if (first !== "**" || second === undefined || second === "**" || more.length > 0) return false;
  return second.literal !== undefined || second.suffix !== undefined;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/**
 * Most lines are one name or one suffix; looking those up is far quicker than comparing. The rest is compared from the last
 * line on.
 */
class RuleSet implements IgnoreRules {
  readonly #byName = new Map<string, Rule[]>();
  readonly #bySuffix = new Map<string, Rule[]>();
  readonly #others: Rule[] = [];
  readonly size: RulesSize;

  constructor(rules: readonly Rule[], size: RulesSize) {
    this.size = size;
    for (const rule of rules) {
      const [first, second, ...more] = rule.segments;
      const isAnywhere = first === "**" && second !== undefined && second !== "**" && more.length === 0;
      const name = isAnywhere ? second.literal : undefined;
      const suffix = isAnywhere ? second.suffix : undefined;
      if (name !== undefined) addTo(this.#byName, name, rule);
      else if (suffix !== undefined) addTo(this.#bySuffix, suffix, rule);
      else this.#others.push(rule);
    }
    this.#others.reverse();
  }

  decide(path: readonly string[], from: number, isFolder: boolean): "ignore" | "keep" | undefined {
    const name = path.at(-1) ?? "";
    let best = lastOf(this.#byName.get(name), isFolder);
    if (this.#bySuffix.size > 0) {
      for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
        const found = lastOf(this.#bySuffix.get(name.slice(dot)), isFolder);
        if (found !== undefined && found.index > (best?.index ?? -1)) best = found;
      }
    }
    for (const rule of this.#others) {
      if (best !== undefined && rule.index < best.index) break;
      if (rule.foldersOnly && !isFolder) continue;
      if (!matchesPath(rule.segments, path, from)) continue;
      best = rule;
      break;
    }
    if (best === undefined) return undefined;
    return best.keeps ? "keep" : "ignore";
  }
}

function parseLine(line: string, index: number): Rule | undefined {
  let text = trimEnd(line);
  if (text.length > mostLineUnits || text === "" || text.startsWith("#")) return undefined;
  const keeps = text.startsWith("!");
  if (keeps) text = text.slice(1);
  const foldersOnly = text.endsWith("/");
  if (foldersOnly) text = text.slice(0, -1);
  const isAnchored = text.includes("/");
  const parts = (isAnchored ? text.replace(/^\//, "") : `**/${text}`).split("/");
  const segments: (NamePattern | "**")[] = [];
  for (const part of parts) {
    if (part === "**") {
      if (segments.at(-1) !== "**") segments.push("**");
      continue;
    }
    const pattern = part === "" ? undefined : parseNamePattern(part);
    if (pattern === undefined) return undefined;
    segments.push(pattern);
  }
  // What ends with ** means everything in the folder, and not the folder.
  const anything = parseNamePattern("*");
  if (segments.at(-1) === "**" && anything !== undefined) segments.push(anything);
  return { index, keeps, foldersOnly, segments };
}

/** Spaces at the end do not count, unless the first of them is escaped. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end -= 1;
  const isEscaped = end < line.length && line[end - 1] === "\\" && line[end - 2] !== "\\";
  return line.slice(0, isEscaped ? end + 1 : end);
}

/** As with the stars of a name, going back to the last `**` suffices. */
function matchesPath(segments: Rule["segments"], path: readonly string[], from: number): boolean {
  let at = from;
  let segment = 0;
  let starSegment = -1;
  let starAt = from;
  while (at < path.length) {
    const current = segments[segment];
    if (current === "**") {
      starSegment = segment;
      starAt = at;
      segment += 1;
    } else if (current?.matches(path[at] ?? "") === true) {
      at += 1;
      segment += 1;
    } else if (starSegment >= 0) {
      starAt += 1;
      at = starAt;
      segment = starSegment + 1;
    } else return false;
  }
  while (segments[segment] === "**") segment += 1;
  return segment === segments.length;
}

function lastOf(rules: readonly Rule[] | undefined, isFolder: boolean): Rule | undefined {
  return rules?.findLast((rule) => isFolder || !rule.foldersOnly);
}

function addTo(map: Map<string, Rule[]>, key: string, rule: Rule): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [rule]);
  else there.push(rule);
}
