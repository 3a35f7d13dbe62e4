import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConfigLayer, isTable, type Table, valueAt } from "./config-layer.js";
import { mergeLayers } from "./merge-layers.js";

const name = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const { table } = fc.letrec<{ table: Table; value: unknown }>((tie) => ({
  table: fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.array(fc.integer(), { maxLength: 2 }), tie("table")),
}));
const layers = fc.array(table, { minLength: 1, maxLength: 4 }).map((values) =>
  values.map((value, index): ConfigLayer => {
    const source = { file: String(index), kind: "toml", lineOf: () => undefined } as const;
    return { kind: "profile", source, value };
  }),
);

test("every value is that of the last layer that has it, unless a later one has something else around it", () => {
  fc.assert(
    fc.property(layers, (all) => {
      const { value, sourceOf } = mergeLayers(all);
      for (const place of leavesOf(value, [])) {
        const last = all.findLast((layer) => valueAt(layer.value, place) !== undefined);
        expect(valueAt(value, place)).toEqual(valueAt(last?.value, place));
        expect(sourceOf(place)).toBe(last?.source);
      }
      const [only] = all;
      expect(mergeLayers(all.slice(0, 1)).value).toEqual(only?.value);
    }),
  );
});

test("nothing of the last layer is lost", () => {
  fc.assert(
    fc.property(layers, (all) => {
      const { value } = mergeLayers(all);
      const last = all.at(-1)?.value;
      for (const place of leavesOf(last, [])) expect(valueAt(value, place)).toEqual(valueAt(last, place));
    }),
  );
});

function leavesOf(value: unknown, place: readonly string[]): readonly (readonly string[])[] {
  if (!isTable(value)) return [place];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...place, key]));
}
