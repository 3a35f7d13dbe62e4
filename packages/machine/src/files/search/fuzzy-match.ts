import { bonusAt } from "./match-bonus.js";

/** How well a text matches. */
export interface FuzzyMatch {
  readonly score: number;
  /** Which units of the text matched, in order. */
  readonly positions: readonly number[];
}

/** Compares texts with one query. */
export interface FuzzyMatcher {
  /** Undefined where the text does not match. */
  score(path: string): number | undefined;
  /** The same with the positions, which cost more. */
  match(path: string): FuzzyMatch | undefined;
}

const matched = 20;
/** Each unit that follows the one before it. */
const adjacent = 12;
const gapStart = -4;
const gapMore = -1;
/** What comes first in a word says more about it. */
const firstWeight = 2;
/** Cells of the table of one comparison; beyond it the first place where the word fits has to do. */
const mostCells = 64 * 1024;
const never = -1_000_000_000;

/**
 * Makes a matcher for words that must all be there, each with its characters in their order. The best way to place a word
 * is found, not the first one. Case counts in a word that has capitals.
 */
export function createFuzzyMatcher(query: string): FuzzyMatcher {
  const words = query.split(/\s+/).filter((word) => word !== "");
  const variants = words.map((word) => {
    const isExact = word.toLowerCase() !== word;
    // Some systems spell é as one character, some as two.
    const spellings = new Set([word.normalize("NFC"), word.normalize("NFD"), word]);
    return [...spellings].map((spelling) => ({ text: spelling, isExact }));
  });
  const run = (path: string, positions: number[] | undefined): number | undefined => {
    const lastSlash = path.lastIndexOf("/");
    let sum = 0;
    let lowered: string | undefined;
    for (const spellings of variants) {
      let best: { score: number; at: readonly number[] } | undefined;
      for (const { text, isExact } of spellings) {
        const subject = isExact ? path : (lowered ??= lowerCase(path));
        const at: number[] | undefined = positions === undefined ? undefined : [];
        const score = placeWord(text, { subject, path, lastSlash, positions: at });
        if (score !== undefined && score > (best?.score ?? never)) best = { score, at: at ?? [] };
      }
      if (best === undefined) return undefined;
      sum += best.score;
      positions?.push(...best.at);
    }
    return sum;
  };
  return {
    score: (path) => run(path, undefined),
    match: (path) => {
      const found: number[] = [];
      const score = run(path, found);
      if (score === undefined) return undefined;
      return { score, positions: [...new Set(found)].toSorted((left, right) => left - right) };
    },
  };
}

interface Subject {
  /** What is compared. */
  readonly subject: string;
  /** The same as it is spelled, which tells where words begin. */
  readonly path: string;
  readonly lastSlash: number;
  /** Filled with where the word was placed. */
  readonly positions: number[] | undefined;
}

function placeWord(word: string, place: Subject): number | undefined {
  const { subject } = place;
  let at = -1;
  let start = 0;
  for (let index = 0; index < word.length; index += 1) {
    at = subject.indexOf(word.charAt(index), at + 1);
    if (at < 0) return undefined;
    if (index === 0) start = at;
  }
  const end = subject.lastIndexOf(word.charAt(word.length - 1)) + 1;
  if (word.length * (end - start) > mostCells) return placeFirst(word, place);
  return placeBest(word, { ...place, start, end });
}

/** Takes the first place where the word fits. */
function placeFirst(word: string, { subject, path, lastSlash, positions }: Subject): number {
  let score = 0;
  let before = -1;
  for (let index = 0; index < word.length; index += 1) {
    const at = subject.indexOf(word.charAt(index), before + 1);
    const gap = at - before - 1;
    score += matched + bonusAt(path, at, lastSlash) * (index === 0 ? firstWeight : 1);
    if (index > 0) score += gap === 0 ? adjacent : gapStart + gapMore * (gap - 1);
    positions?.push(at);
    before = at;
  }
  return score;
}

/**
 * Fills a table, a row for each unit of the word: the best score with that unit placed here, and the best with it placed
 * somewhere before and a gap since.
 */
function placeBest(
  word: string,
  place: Subject & { readonly start: number; readonly end: number },
): number | undefined {
  const { subject, path, lastSlash, start, end, positions } = place;
  const width = end - start;
  /** For each cell where the unit before was placed. */
  const origins = positions === undefined ? undefined : new Int32Array(word.length * width);
  let above = new Int32Array(width).fill(never);
  let row = new Int32Array(width);
  for (let index = 0; index < word.length; index += 1) {
    const unit = word.charCodeAt(index);
    let gap = never;
    let gapOrigin = -1;
    for (let column = 0; column < width; column += 1) {
      const before = column === 0 ? never : (above[column - 1] ?? never);
      const beforeGap = column < 2 ? never : (above[column - 2] ?? never) + gapStart;
      if (beforeGap >= gap + gapMore) {
        gap = beforeGap;
        gapOrigin = column - 2;
      } else gap += gapMore;
      if (subject.charCodeAt(start + column) !== unit) {
        row[column] = never;
        continue;
      }
      const bonus = bonusAt(path, start + column, lastSlash);
      if (index === 0) {
        row[column] = matched + bonus * firstWeight;
        continue;
      }
      const isAdjacent = before + adjacent >= gap;
      const best = isAdjacent ? before + adjacent : gap;
      row[column] = best <= never / 2 ? never : best + matched + bonus;
      if (origins !== undefined) origins[index * width + column] = isAdjacent ? column - 1 : gapOrigin;
    }
    [above, row] = [row, above];
  }
  let last = 0;
  for (let column = 1; column < width; column += 1)
    if ((above[column] ?? never) > (above[last] ?? never)) last = column;
  const score = above[last] ?? never;
  if (score <= never / 2) return undefined;
  if (positions !== undefined && origins !== undefined) {
    for (let index = word.length - 1, column = last; index >= 0; index -= 1) {
      positions[index] = start + column;
      column = origins[index * width + column] ?? 0;
    }
  }
  return score;
}

/** Lower case with as many units, so that positions stay what they are. */
function lowerCase(text: string): string {
  const lowered = text.toLowerCase();
  if (lowered.length === text.length) return lowered;
  let same = "";
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charAt(at);
    const low = unit.toLowerCase();
    same += low.length === 1 ? low : unit;
  }
  return same;
}
