import * as fc from "fast-check";
import { expect, test } from "vitest";
import { removeJsoncMember, setJsoncMember } from "./edit-jsonc.js";
import { commentsOf, parseJsonc } from "./parse-jsonc.js";

const key = fc.constantFrom("a", "b", "fairlead", "__proto__", 'q"uote', "");
const json = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
const blank = fc.constantFrom("", " ", "\n", "\r\n  ", "// c\n", "/* c, } */", "\t");

/** Writes a value with anything that may stand between its parts. */
function write(value: unknown, blanks: () => string, hasTrailingCommas: boolean): string {
  const list = (open: string, items: readonly string[], close: string): string => {
    const end = hasTrailingCommas && items.length > 0 ? "," : "";
    return `${open}${blanks()}${items.join(`${blanks()},${blanks()}`)}${end}${blanks()}${close}`;
  };
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => write(item, blanks, hasTrailingCommas));
    return list("[", items, "]");
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, inner]) =>
      `${JSON.stringify(name)}${blanks()}:${blanks()}${write(inner, blanks, hasTrailingCommas)}`,
  );
  return list("{", members, "}");
}

const written = fc
  .tuple(
    fc.dictionary(key, fc.oneof(fc.dictionary(key, json), json)),
    fc.array(blank, { minLength: 40 }),
    fc.boolean(),
  )
  .map(([value, blanks, hasTrailingCommas]) => {
    let next = 0;
    const take = (): string => blanks[next++ % blanks.length] ?? "";
    return { value, text: `${take()}${write(value, take, hasTrailingCommas)}${take()}` };
  });

test("what is written is read", () => {
  fc.assert(
    fc.property(written, ({ value, text }) => {
      expect(parseJsonc(text, "x")).toEqual(value);
    }),
  );
});

test("every comment stays where setting and removing put something and take it away again", () => {
  const comments = (text: string): string[] =>
    commentsOf(text).map((at) => text.slice(at.offset, at.offset + at.length));
  fc.assert(
    fc.property(written, key, json, ({ value, text }, name, member) => {
      fc.pre(!Object.hasOwn(value, name));
      const edited = setJsoncMember(text, [name], member, "x");
      expect(comments(edited)).toEqual(comments(text));
      expect(setJsoncMember(edited, [name], member, "x")).toBe(edited);
      expect(comments(removeJsoncMember(edited, [name], "x"))).toEqual(comments(text));
    }),
  );
});

test("setting and removing change what they name and nothing else", () => {
  fc.assert(
    fc.property(written, key, key, json, ({ value, text }, outer, inner, member) => {
      const old = Object.hasOwn(value, outer) ? value[outer] : undefined;
      fc.pre(old === undefined || (typeof old === "object" && old !== null && !Array.isArray(old)));
      const edited = setJsoncMember(text, [outer, inner], member, "x");
      const found = parseJsonc(edited, "x") as Record<string, Record<string, unknown>>;
      expect(new Map(Object.entries(found)).get(outer)).toEqual(
        Object.fromEntries([
          ...Object.entries(old ?? {}).filter(([name]) => name !== inner),
          [inner, member],
        ]),
      );
      const removed = removeJsoncMember(edited, [outer, inner], "x");
      expect(new Map(Object.entries(parseJsonc(removed, "x") as object)).get(outer)).toEqual(
        Object.fromEntries(Object.entries(old ?? {}).filter(([name]) => name !== inner)),
      );
    }),
  );
});
