/** One part of a pattern that a name is compared with, unit by unit. */
type Token =
  | { readonly is: "text"; readonly unit: string }
  | { readonly is: "any" }
  | { readonly is: "star" }
  | {
      readonly is: "set";
      readonly ranges: readonly (readonly [from: string, to: string])[];
      readonly negated: boolean;
    };

/** A pattern for one name, without `/`: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is meant itself. */
export interface NamePattern {
  /** The name, where there is only one that matches. */
  readonly literal: string | undefined;
  /** What a name must end with, where that is all and begins with a dot: `*.log`. */
  readonly suffix: string | undefined;
  matches(name: string): boolean;
}

/** Reads a pattern; undefined for one that can match nothing, such as one with a `\` at its end. */
export function parseNamePattern(text: string): NamePattern | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const literal = textOf(tokens);
  const ending = tokens[0]?.is === "star" ? textOf(tokens.slice(1)) : undefined;
  return {
    literal,
    suffix: ending?.startsWith(".") === true ? ending : undefined,
    matches: literal === undefined ? (name) => matchTokens(tokens, name) : (name) => name === literal,
  };
}

function textOf(tokens: readonly Token[]): string | undefined {
  let text = "";
  for (const token of tokens) {
    if (token.is !== "text") return undefined;
    text += token.unit;
  }
  return text;
}

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charAt(at);
    if (unit === "\\") {
      at += 1;
      if (at === text.length) return undefined;
      tokens.push({ is: "text", unit: text.charAt(at) });
    } else if (unit === "*") {
      if (tokens.at(-1)?.is !== "star") tokens.push({ is: "star" });
    } else if (unit === "?") tokens.push({ is: "any" });
    else if (unit === "[") {
      const set = readSet(text, at);
      if (set === undefined) return undefined;
      tokens.push(set.token);
      at = set.end;
    } else tokens.push({ is: "text", unit });
  }
  return tokens;
}

/** @param start where its `[` is @returns also where its `]` is; undefined where there is none */
function readSet(text: string, start: number): { token: Token; end: number } | undefined {
  let at = start + 1;
  const negated = text.charAt(at) === "!" || text.charAt(at) === "^";
  if (negated) at += 1;
  const ranges: [string, string][] = [];
  for (let isFirst = true; at < text.length; isFirst = false) {
    if (text.charAt(at) === "]" && !isFirst) return { token: { is: "set", ranges, negated }, end: at };
    const named = /^\[:(\w+):\]/.exec(text.slice(at, at + 12));
    if (named?.[1] !== undefined) {
      ranges.push(...(namedSets[named[1]] ?? []));
      at += named[0].length;
      continue;
    }
    const [from, afterFrom] = unitAt(text, at);
    at = afterFrom;
    const isRange = text.charAt(at) === "-" && at + 1 < text.length && text.charAt(at + 1) !== "]";
    if (!isRange) ranges.push([from, from]);
    else {
      const [to, afterTo] = unitAt(text, at + 1);
      ranges.push([from, to]);
      at = afterTo;
    }
  }
  return undefined;
}

function unitAt(text: string, at: number): [unit: string, after: number] {
  return text.charAt(at) === "\\" && at + 1 < text.length
    ? [text.charAt(at + 1), at + 2]
    : [text.charAt(at), at + 1];
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

/**
 * Goes back to the last star only, which suffices: so a hostile pattern costs at most the product of the lengths, where a
 * regular expression would take for ever.
 */
function matchTokens(tokens: readonly Token[], name: string): boolean {
  let at = 0;
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current?.is === "star") {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (current !== undefined && matchesUnit(current, name.charAt(at))) {
      at += 1;
      token += 1;
    } else if (starToken >= 0) {
      starAt += 1;
      at = starAt;
      token = starToken + 1;
    } else return false;
  }
  while (tokens[token]?.is === "star") token += 1;
  return token === tokens.length;
}

function matchesUnit(token: Token, unit: string): boolean {
  if (token.is === "text") return token.unit === unit;
  if (token.is === "set")
    return token.ranges.some(([from, to]) => unit >= from && unit <= to) !== token.negated;
  return true;
}
