import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFuzzyMatcher } from "./fuzzy-match.js";

/** The paths, best first. */
function ranked(query: string, paths: readonly string[]): string[] {
  const matcher = createFuzzyMatcher(query);
  return paths
    .flatMap((path) => {
      const score = matcher.score(path);
      return score === undefined ? [] : [{ path, score }];
    })
    .toSorted((left, right) => right.score - left.score)
    .map(({ path }) => path);
}

/** The path with what matched in brackets. */
function marked(query: string, path: string): string | undefined {
  const positions = createFuzzyMatcher(query).match(path)?.positions;
  if (positions === undefined) return undefined;
  return path
    .split("")
    .map((unit, at) => (positions.includes(at) ? `[${unit}]` : unit))
    .join("");
}

describe("a query", () => {
  test.each([
    ["abc", "xaxbxc", true],
    ["abc", "acb", false],
    ["readme", "docs/README.md", true],
    ["README", "docs/readme.md", false],
    ["rM", "src/readMe", true],
    ["two words", "words/and/two", true],
    ["two words", "words/and/tow", false],
    ["", "anything", true],
    ["ÄÖ", "äö", false],
    ["äö", "ÄÖ", true],
  ])("%j finds %j: %s", (query, path, expected) => {
    expect(createFuzzyMatcher(query).score(path) !== undefined).toBe(expected);
  });

  test.each([
    ["fs", "src/foo/[f]ile[s].ts"],
    ["core/err", "packages/[c][o][r][e]/src/errors[/][e][r][r]or-table.ts"],
    ["gfs", "src/[g]et[F]ile[S]ystem.ts"],
    ["http2", "lib/http/[h][t][t][p][2]-windows.ts"],
    ["tst", "attest/[t]e[s][t].ts"],
    ["abc", "[a][b][c]/axbxc"],
  ])("%j is placed where words begin or together: %s", (query, expected) => {
    expect(marked(query, expected.replaceAll(/[[\]]/g, ""))).toBe(expected);
  });

  test("with a letter that some systems spell as two characters finds both", () => {
    expect(createFuzzyMatcher("caf\u00e9").score("cafe\u0301.txt")).toBeDefined();
    expect(createFuzzyMatcher("cafe\u0301").score("caf\u00e9.txt")).toBeDefined();
  });

  test("keeps its positions where lower case has another length", () => {
    expect(createFuzzyMatcher("x").match("İİx")?.positions).toEqual([2]);
  });
});

describe("the better match", () => {
  test.each([
    ["together rather than apart", "file", ["src/file.ts", "src/fxixlxe.ts"]],
    ["at the start of a name", "main", ["src/main.ts", "src/domain.ts"]],
    ["in the last name rather than a folder", "core", ["a/core.ts", "core/a.ts"]],
    ["at the start of words", "lsc", ["lib/local-session-cache.ts", "lib/walsoc.ts"]],
    ["at capitals", "fb", ["src/FooBar.ts", "src/fxxxb.ts"]],
  ])("is the one %s", (_, query, paths) => {
    expect(ranked(query, paths)).toEqual(paths);
    expect(ranked(query, paths.toReversed())).toEqual(paths);
  });
});

const text = fc.string({ unit: fc.constantFrom(..."abAB/_-. 1é".split("")), maxLength: 14 });
const word = fc.string({ unit: fc.constantFrom(..."abAB/_1é".split("")), minLength: 1, maxLength: 4 });

test("positions spell the query in order, and the score with them is the score without", () => {
  fc.assert(
    fc.property(word, text, (query, path) => {
      const matcher = createFuzzyMatcher(query);
      const match = matcher.match(path);
      expect(match?.score).toBe(matcher.score(path));
      const isExact = query.toLowerCase() !== query;
      const subject = isExact ? path : path.toLowerCase();
      let at = -1;
      const fits = query.split("").every((unit) => (at = subject.indexOf(unit, at + 1)) >= 0);
      expect(match !== undefined).toBe(fits);
      if (match === undefined) return;
      expect(match.positions.map((place) => subject.charAt(place)).join("")).toBe(query);
      expect(match.positions).toEqual(match.positions.toSorted((left, right) => left - right));
    }),
    { numRuns: 2_000 },
  );
});

test("no other way to place a word scores more", () => {
  fc.assert(
    fc.property(word, text, (query, path) => {
      const best = createFuzzyMatcher(query).score(path);
      const ways = placements(query, query.toLowerCase() === query ? path.toLowerCase() : path);
      // Each way alone: with everything else of the path hidden there is only one, and hiding never makes it better.
      for (const way of ways) {
        const hidden = path
          .split("")
          .map((unit, at) => (way.includes(at) || /[/_\-. ]/.test(unit) ? unit : hide(unit)));
        const alone = createFuzzyMatcher(query).score(hidden.join(""));
        expect(best).toBeGreaterThanOrEqual(alone ?? 0);
      }
    }),
    { numRuns: 500 },
  );
});

test("a long path takes the short way and still matches", () => {
  const path = `${"ab/".repeat(1_300)}target.ts`;
  const match = createFuzzyMatcher(`${"a".repeat(200)}target`).match(path);
  expect(match?.positions).toHaveLength(206);
});

function placements(query: string, subject: string, from = 0): number[][] {
  if (query === "") return [[]];
  const found: number[][] = [];
  for (
    let at = subject.indexOf(query.charAt(0), from);
    at >= 0;
    at = subject.indexOf(query.charAt(0), at + 1)
  )
    for (const rest of placements(query.slice(1), subject, at + 1)) found.push([at, ...rest]);
  return found;
}

/** A letter of the same kind that no query has. */
function hide(unit: string): string {
  if (/[0-9]/.test(unit)) return "0";
  return unit === unit.toUpperCase() ? "Z" : "z";
}
