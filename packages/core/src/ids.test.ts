import { expect, test } from "vitest";
import { createId } from "./ids.js";

test("an id says what it names and is never the same twice", () => {
  const ids = Array.from({ length: 1_000 }, () => createId("p"));
  expect(ids.every((id) => /^p_[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});
