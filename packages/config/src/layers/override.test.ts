import { isFairleadError } from "@fairlead/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDottedKey } from "../toml/dotted-key.js";
import { emitValue } from "../toml/emit-toml.js";
import { parseOverride } from "./override.js";

test.each<[text: string, path: string[], value: unknown]>([
  ["max_name=32", ["max_name"], 32],
  ["a.b = true", ["a", "b"], true],
  [`a."b.c"=["x", 1]`, ["a", "b.c"], ["x", 1]],
  [`a={ b = { c = "d" } }`, ["a"], { b: { c: "d" } }],
  ["a=plain text", ["a"], "plain text"],
  ["a=C:\\Users\\me", ["a"], "C:\\Users\\me"],
  ["a=x=y", ["a"], "x=y"],
  ["a=", ["a"], ""],
  ['a=""', ["a"], ""],
  ["a='1'", ["a"], "1"],
  ["a=[::1]:7150", ["a"], "[::1]:7150"],
  ["a=1\nb=2", ["a"], "1\nb=2"],
  ["a=1 # why", ["a"], 1],
  ["a=2024-05-06", ["a"], "2024-05-06"],
  ["a=99999999999999999999", ["a"], "99999999999999999999"],
  ['a="""x\ny"""', ["a"], "x\ny"],
])("%j sets %j to %j", (text, path, value) => {
  expect(parseOverride(text)).toEqual({ path, value });
});

test.each(["", "a", "=1", "a b=1", "a.=1", '"a=SENTINEL', "a\n=1"])("%j is refused", (text) => {
  expect(() => parseOverride(text)).toThrow("--config takes key=value");
  expect(() => parseOverride(text)).not.toThrow("SENTINEL");
});

test("whatever TOML can write comes back, at whatever place", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 8 });
  const { value: values } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      texts,
      fc.integer(),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(texts, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  const paths = fc.array(texts, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(paths, values, (path, value) => {
      const written = emitValue(value as Parameters<typeof emitValue>[0]);
      expect(parseOverride(`${formatDottedKey(path)}=${written}`)).toEqual({ path, value });
    }),
  );
});

test("no text ends otherwise than with a value or a usage error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(["value", "usage"]).toContain(outcomeOf(text));
    }),
  );
});

function outcomeOf(text: string): string {
  try {
    parseOverride(text);
    return "value";
  } catch (thrown) {
    return isFairleadError(thrown) ? thrown.code : String(thrown);
  }
}
