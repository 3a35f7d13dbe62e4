import { expect, test } from "vitest";
import { foldWindowsCase } from "./windows-case.js";

test.each([
  ["Users", "uSERS"],
  ["Größe", "GRößE"],
  ["ÜBUNG", "übung"],
  ["Ж", "ж"],
])("%s and %s are one name", (one, other) => {
  expect(foldWindowsCase(one)).toBe(foldWindowsCase(other));
});

test.each([
  ["k", "\u212a"],
  ["s", "\u017f"],
  ["i", "\u0131"],
  ["i\u0307", "\u0130"],
  ["ss", "ß"],
  ["SS", "ß"],
  ["\u00e9", "e\u0301"],
  ["\u00e5", "\u212b"],
])("%j and %j are two names", (one, other) => {
  expect(foldWindowsCase(one)).not.toBe(foldWindowsCase(other));
});
