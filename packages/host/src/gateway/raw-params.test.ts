import { describe, expect, test } from "vitest";
import { joinList, readText, replaceText } from "./raw-params.js";
import { matchesUriTemplate } from "./routes/uri-template.js";

describe("raw params", () => {
  const raw = Buffer.from('{ "name": "a\\u0062c", "n": 1.0, "ref": {"name" : "x"}, "list": [1,2] }');

  test("give a text at a path, and nothing where there is none", () => {
    expect(readText(raw, ["name"])).toBe("abc");
    expect(readText(raw, ["ref", "name"])).toBe("x");
    expect([readText(raw, ["n"]), readText(raw, ["ref", "no"]), readText(undefined, ["name"])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("keep every other byte when a text is replaced", () => {
    expect(replaceText(raw, ["ref", "name"], 'new "y"').toString()).toBe(
      '{ "name": "a\\u0062c", "n": 1.0, "ref": {"name" : "new \\"y\\""}, "list": [1,2] }',
    );
    expect(replaceText(raw, ["missing"], "x")).toBe(raw);
  });

  test("are joined to a list as they are", () => {
    expect(joinList("tools", []).toString()).toBe('{"tools":[]}');
    expect(joinList("tools", [Buffer.from('{"a":1.0}'), Buffer.from("{}")]).toString()).toBe(
      '{"tools":[{"a":1.0},{}]}',
    );
  });
});

test.each([
  ["file:///{path}", "file:///a/b", true],
  ["demo://item/{id}", "demo://item/7", true],
  ["demo://item/{id}/x", "demo://item/7", false],
  ["demo://a.b/{id}", "demo://aXb/7", false],
  ["plain://x", "plain://x", true],
])("the template %s and the URI %s: %s", (template, uri, expected) => {
  expect(matchesUriTemplate(template, uri)).toBe(expected);
});
