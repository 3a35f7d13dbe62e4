import fc from "fast-check";
import { expect, it } from "vitest";
import { splitByProgram } from "../fixtures/windows-readers.js";
import { quoteWindowsWord } from "./quote-windows-word.js";

it("quotes so that programs of Windows read what was given", () => {
  const nasty = fc.constantFrom(...Array.from('""\\\\ \t&a'));
  const words = fc.array(fc.string({ unit: nasty, maxLength: 12 }), { maxLength: 5 });
  fc.assert(
    fc.property(words, (given) => {
      expect(splitByProgram(given.map(quoteWindowsWord).join(" "))).toEqual(given);
    }),
    { numRuns: 500 },
  );
});
