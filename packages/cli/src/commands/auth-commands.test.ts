import { expect, test } from "vitest";
import { collectScopes } from "./auth-commands.js";

test("scopes are separated by commas or spaces, repeated, and may be none", () => {
  expect(collectScopes("")).toEqual([]);
  expect(collectScopes("a,b")).toEqual(["a", "b"]);
  expect(collectScopes("b c", collectScopes("a, b"))).toEqual(["a", "b", "c"]);
});
