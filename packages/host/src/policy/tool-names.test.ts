import type { ListedItem } from "@fairlead/mcp";
import { describe, expect, test } from "vitest";
import type { ToolSettings } from "../orchestrator/server-definition.js";
import { namesOfList, nameTools } from "./tool-names.js";

const item = (name: string | undefined): ListedItem => ({
  raw: Buffer.from(JSON.stringify({ name })),
  name,
  uri: undefined,
});

function name(
  raw: readonly (string | undefined)[],
  renames: Record<string, string>,
  isAllowed: (raw: string) => boolean = () => true,
) {
  const tools: Record<string, ToolSettings> = {};
  for (const [key, rename] of Object.entries(renames)) tools[key] = { rename };
  const names = nameTools(raw.map(item), {
    definition: { name: "s", tools },
    allowsTool: isAllowed,
    maxNameBytes: 48,
  });
  const shown = Object.fromEntries(names.tools.map(({ rawName, exposed }) => [rawName, exposed]));
  return { shown, problems: names.problems, byExposed: names.byExposed };
}

describe("a rename", () => {
  test("is shown under the same prefix, and leads to the raw name", () => {
    const { shown, problems, byExposed } = name(["a", "b"], { a: "alpha" });
    expect(shown).toEqual({ a: "s__alpha", b: "s__b" });
    expect(problems).toEqual([]);
    expect(byExposed.get("s__alpha")?.rawName).toBe("a");
    expect(byExposed.has("s__a")).toBe(false);
  });

  test("to another tool's name is not used, and said so", () => {
    const { shown, problems } = name(["a", "b"], { a: "b" });
    expect(shown).toEqual({ a: "s__a", b: "s__b" });
    expect(problems).toEqual([
      'Tool "a" is not renamed to s__b, which is the name of its tool "b": choose another name in its tools."a".rename',
    ]);
  });

  test("to the same name as another's is not used, nor is the other", () => {
    const { shown, problems } = name(["a", "b"], { a: "c", b: "c" });
    expect(shown).toEqual({ a: "s__a", b: "s__b" });
    expect(problems).toHaveLength(2);
  });

  test("may take a name that its owner gave up", () => {
    expect(name(["a", "b"], { a: "b", b: "a" })).toMatchObject({
      shown: { a: "s__b", b: "s__a" },
      problems: [],
    });
  });

  test("is not used if the owner did not get its own new name", () => {
    const { shown, problems } = name(["a", "b", "c"], { a: "b", b: "c" });
    expect(shown).toEqual({ a: "s__a", b: "s__b", c: "s__c" });
    expect(problems).toHaveLength(2);
  });

  test("may take the name of a tool that is switched off", () => {
    expect(name(["a", "b"], { a: "b" }, (raw) => raw !== "b")).toMatchObject({
      shown: { a: "s__b" },
      problems: [],
    });
  });

  test("to its own name changes nothing", () => {
    expect(name(["a"], { a: "a" })).toMatchObject({ shown: { a: "s__a" }, problems: [] });
  });

  test("gets the marks of any other name that is too long or has odd characters", () => {
    expect(name(["a"], { a: "my tool" }).shown["a"]).toMatch(/^s__my_tool_[0-9a-f]{8}$/);
  });
});

test("tools without a name are left out and told", () => {
  expect(name(["a", undefined], {})).toMatchObject({
    shown: { a: "s__a" },
    problems: ["A tool without a name was left out"],
  });
});

test("a list is named once, and again for another configuration", () => {
  const items = [item("a"), item(undefined)];
  const warnings: string[] = [];
  const rules = {
    definition: { name: "s" },
    allowsTool: () => true,
    maxNameBytes: 48,
    warn: (text: string) => warnings.push(text),
  };
  const first = namesOfList(items, rules);
  expect(namesOfList(items, { ...rules })).toBe(first);
  expect(warnings).toHaveLength(1);
  const renamed = { ...rules, definition: { name: "s", tools: { a: { rename: "b" } } } };
  expect(namesOfList(items, renamed).tools[0]?.exposed).toBe("s__b");
  expect(warnings).toHaveLength(2);
});

test("agents with definitions of their own that share a list do not make each other's names anew, nor problems told again", () => {
  const items = [item("a"), item("b")];
  const warnings: string[] = [];
  const rulesOf = (who: string) => ({
    definition: { name: "s", tools: { a: { rename: "b" } } },
    allowsTool: () => true,
    maxNameBytes: 48,
    warn: (text: string) => warnings.push(`${who}: ${text}`),
  });
  const [one, two] = [rulesOf("one"), rulesOf("two")];
  const named = [namesOfList(items, one), namesOfList(items, two)];
  expect([namesOfList(items, one), namesOfList(items, two)]).toEqual(named);
  expect(namesOfList(items, one)).toBe(named[0]);
  expect(namesOfList(items, two)).toBe(named[1]);
  // The same list, read again.
  namesOfList([...items], one);
  expect(warnings.map((text) => text.slice(0, 3))).toEqual(["one", "two"]);
});
