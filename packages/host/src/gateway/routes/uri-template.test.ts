import { expect, test } from "vitest";
import { matchesUriTemplate } from "./uri-template.js";

test.each([
  ["file:///{path}", "file:///a/b.txt", true],
  ["file:///{path}", "http://x/a", false],
  ["demo://item/{id}", "demo://item/7", true],
  ["demo://item/{id}", "demo://item/", true],
  ["demo://item/{id}", "demo://items/7", false],
  ["demo://{kind}/{id}/end", "demo://a/b/end", true],
  ["demo://{kind}/{id}/end", "demo://a/b/end/more", false],
  ["search{?q,limit}", "search?q=x&limit=2", true],
  ["a+{x}.json", "a+1.json", true],
  ["a+{x}.json", "aa1.json", false],
  ["a.b", "axb", false],
  ["(x)|[y]{z}", "(x)|[y]z", true],
  ["plain", "plain", true],
  ["plain", "plain2", false],
  ["{all}", "anything\nat all", true],
  ["", "", true],
  ["unclosed{x", "unclosed{x", true],
  ["ü{x}", "ü😀", true],
])("%j and %j: %j", (template, uri, matches) => {
  expect(matchesUriTemplate(template, uri)).toBe(matches);
});

test("a template with many expressions answers at once", () => {
  const startedAtMs = performance.now();
  expect(matchesUriTemplate(`${"{a}/".repeat(8)}end`, "/".repeat(70))).toBe(false);
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
});

test("a template of nothing but open braces takes no time to speak of", () => {
  const startedAtMs = performance.now();
  expect(matchesUriTemplate("{".repeat(200_000), "x://y")).toBe(false);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
