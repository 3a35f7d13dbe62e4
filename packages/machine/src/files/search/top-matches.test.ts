import fc from "fast-check";
import { expect, test } from "vitest";
import { compareCandidates, TopMatches } from "./top-matches.js";

const candidate = fc.record({ path: fc.string({ maxLength: 3 }), score: fc.integer({ min: 0, max: 5 }) });

test("keeps exactly the best, in order, whatever comes", () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (all, limit) => {
      const top = new TopMatches<{ path: string; score: number }>(limit);
      for (const one of all) {
        const couldKeep = top.couldKeep(one.score);
        const isKept = top.add(one);
        expect(isKept && !couldKeep).toBe(false);
      }
      expect(top.sorted()).toEqual(all.toSorted(compareCandidates).slice(0, limit));
    }),
  );
});
