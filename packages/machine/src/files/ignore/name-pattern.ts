/** A pattern for one name, without `/`: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is meant itself. */
export interface NamePattern {
  /** The name, where there is only one that matches. */
  readonly literal: string | undefined;
  /** What a name must end with, where that is all and begins with a dot: `*.log`. */
  readonly suffix: string | undefined;
  /** Characters that a name is compared with one by one; 0 for a literal. */
  readonly units: number;
  matches(name: string): boolean;
}

/** Reads a pattern; undefined for one that can match nothing, such as one with a `\` at its end. */
export function parseNamePattern(text: string): NamePattern | undefined {
  if (!isWellFormed(text)) return undefined;
  const literal = literalOf(text);
  if (literal !== undefined) {
    return { literal, suffix: undefined, units: 0, matches: (name) => name === literal };
  }
  const ending = text.startsWith("*") ? literalOf(text.replace(/^\*+/, "")) : undefined;
  return {
    literal,
    suffix: ending?.startsWith(".") === true ? ending : undefined,
    units: text.length,
    // Compared as it was written: a pattern may be long, and there may be thousands.
    matches: (name) => matchesText(text, name),
  };
}

/** Whether every `\` and `[` has what belongs to it. */
function isWellFormed(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charAt(at);
    if (unit === "\\") at += 1;
    else if (unit === "[") at = compareSet(text, at, "").end;
    if (at < 0 || at >= text.length) return false;
  }
  return true;
}

/** The name that a text without anything special stands for. */
function literalOf(text: string): string | undefined {
  return /^(?:[^\\*?[]|\\.)*$/su.test(text) ? text.replaceAll(/\\(.)/gsu, "$1") : undefined;
}

/**
 * Goes back to the last star only, which suffices: so a hostile pattern costs at most the product of the lengths, where a
 * regular expression would take for ever.
 */
function matchesText(text: string, name: string): boolean {
  let at = 0;
  let next = 0;
  let starNext = -1;
  let starAt = 0;
  while (at < name.length) {
    if (text.charAt(next) === "*") {
      next += 1;
      starNext = next;
      starAt = at;
      continue;
    }
    const after = matchUnit(text, next, name.charAt(at));
    if (after > 0) {
      at += 1;
      next = after;
    } else if (starNext >= 0) {
      starAt += 1;
      at = starAt;
      next = starNext;
    } else return false;
  }
  while (text.charAt(next) === "*") next += 1;
  return next === text.length;
}

/** Compares one character with what stands at a place. @returns the place behind that, 0 if it is another character */
function matchUnit(text: string, at: number, unit: string): number {
  const wanted = text.charAt(at);
  if (wanted === "") return 0;
  if (wanted === "?") return at + 1;
  if (wanted === "\\") return text.charAt(at + 1) === unit ? at + 2 : 0;
  if (wanted !== "[") return wanted === unit ? at + 1 : 0;
  const { isIn, end } = compareSet(text, at, unit);
  return isIn ? end + 1 : 0;
}

/** @param start where its `[` is @returns also where its `]` is; -1 where there is none */
function compareSet(text: string, start: number, unit: string): { isIn: boolean; end: number } {
  let at = start + 1;
  const isNegated = text.charAt(at) === "!" || text.charAt(at) === "^";
  if (isNegated) at += 1;
  let isIn = false;
  for (let isFirst = true; at < text.length; isFirst = false) {
    if (text.charAt(at) === "]" && !isFirst) return { isIn: isIn !== isNegated, end: at };
    const named = text.startsWith("[:", at) ? /^\[:(\w+):\]/.exec(text.slice(at, at + 12)) : null;
    if (named?.[1] !== undefined) {
      isIn ||= (namedSets[named[1]] ?? []).some(([from, to]) => unit >= from && unit <= to);
      at += named[0].length;
      continue;
    }
    const isEscaped = text.charAt(at) === "\\" && at + 1 < text.length;
    const from = text.charAt(isEscaped ? at + 1 : at);
    at += isEscaped ? 2 : 1;
    const isRange = text.charAt(at) === "-" && at + 1 < text.length && text.charAt(at + 1) !== "]";
    if (!isRange) {
      isIn ||= unit === from;
      continue;
    }
    const isEndEscaped = text.charAt(at + 1) === "\\" && at + 2 < text.length;
    const to = text.charAt(isEndEscaped ? at + 2 : at + 1);
    at += isEndEscaped ? 3 : 2;
    isIn ||= unit >= from && unit <= to;
  }
  return { isIn: false, end: -1 };
}

const digits: [string, string] = ["0", "9"];
const lower: [string, string] = ["a", "z"];
const upper: [string, string] = ["A", "Z"];
const namedSets: Readonly<Record<string, readonly [string, string][]>> = {
  digit: [digits],
  lower: [lower],
  upper: [upper],
  alpha: [lower, upper],
  alnum: [digits, lower, upper],
  xdigit: [digits, ["a", "f"], ["A", "F"]],
  space: [
    [" ", " "],
    ["\t", "\r"],
  ],
};
