import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { createTomlLocator } from "./locate-toml.js";
import { scanToml } from "./scan-toml.js";

/** What the scanner sees, as `kind path = value`, after proof that the text is TOML at all. */
function shown(text: string): string[] {
  parse(text);
  return scanToml(text).map(({ kind, path, value }) =>
    kind === "header" ? `[${path.join("|")}]` : `${path.join("|")} = ${text.slice(value.start, value.end)}`,
  );
}

test.each<[what: string, text: string, expected: string[]]>([
  ["an empty text", "", []],
  ["blank lines and comments alone", "\n  # a = 1\n\t\n#", []],
  ["a last line without a line break", "a = 1", ["a = 1"]],
  ["a comment behind a value", "a = 1 # b = 2\nc = 3", ["a = 1", "c = 3"]],
  ["tables and tables inside", "[a]\nb=1\n[a.c]\nd=2", ["[a]", "a|b = 1", "[a|c]", "a|c|d = 2"]],
  ["dotted and quoted keys", `a . "b.c" . 'd]' = 1`, ["a|b.c|d] = 1"]],
  ["escapes in quoted keys", `["a\\"b\\u0041".c] # x\nd=1`, [`[a"bA|c]`, `a"bA|c|d = 1`]],
  ["an empty quoted key", `"" = 1`, [" = 1"]],
  ["spaces inside a header", "[ a . b ]", ["[a|b]"]],
  ["arrays of tables", "[[a]]\nx=1\n[[a]]\nx=2\n[a.b]", ["[a]", "a|x = 1", "[a]", "a|x = 2", "[a|b]"]],
  ["a header inside a long string", 'a = """\n[b]\nc = 1\n"""\nd = 1', ['a = """\n[b]\nc = 1\n"""', "d = 1"]],
  ["a header inside a long literal", "a = '''\n[b]\n'''\nd = 1", ["a = '''\n[b]\n'''", "d = 1"]],
  ["quotes directly before the end of a long string", 'a = """x"""""\nb = 1', ['a = """x"""""', "b = 1"]],
  ["one quote directly before the end of a long string", 'a = """x""""\nb = 1', ['a = """x""""', "b = 1"]],
  ["an escaped quote in a long string", 'a = """\\"""\n[x]\n"""\nb = 1', ['a = """\\"""\n[x]\n"""', "b = 1"]],
  [
    "empty strings of both lengths",
    `a = ""\nb = """"""\nc = ''\nd = ''''''`,
    [`a = ""`, `b = """"""`, `c = ''`, `d = ''''''`],
  ],
  ["a backslash at the end of a literal", "a = 'C:\\'\n[b]", ["a = 'C:\\'", "[b]"]],
  ["an escaped backslash at the end of a string", 'a = "C:\\\\"\n[b]', ['a = "C:\\\\"', "[b]"]],
  [
    "an array over lines with comments and brackets in them",
    "a = [\n 1, # ]\n [2], '[', # [x]\n]\n[b]",
    ["a = [\n 1, # ]\n [2], '[', # [x]\n]", "[b]"],
  ],
  ["an inline table", "a = { b = [1, { c = '}' }] } # t", ["a = { b = [1, { c = '}' }] }"]],
  ["# inside strings", `a = "#" # x\nb = '#'`, [`a = "#"`, `b = '#'`]],
  ["CRLF line ends", "[a]\r\nb = 1\r\n\r\n# c\r\n[d]\r\n", ["[a]", "a|b = 1", "[d]"]],
  [
    "dates and floats with dots",
    "a = 1979-05-27 07:32:00Z\nb = 1.5e3",
    ["a = 1979-05-27 07:32:00Z", "b = 1.5e3"],
  ],
  ["a byte order mark", "\uFEFFa = 1", ["a = 1"]],
])("finds the statements of %s", (_what, text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test("statements cover whole lines, in order", () => {
  const text = "# c\r\n  [a] # x\r\nb = [\r\n1]\r\n\r\nc = 1";
  expect(scanToml(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    "  [a] # x\r\n",
    "b = [\r\n1]\r\n",
    "c = 1",
  ]);
});

test.each<[place: (string | number)[], line: number | undefined]>([
  [["top"], 1],
  [["m", "a"], 3],
  [["m", "a", "args"], 4],
  [["m", "a", "args", 1], 4],
  [["m", "a", "missing"], 3],
  [["m", "a", "env", "K"], 9],
  [["m", "b", "command"], 7],
  [["nowhere"], undefined],
])("the line of %j is %j", (place, line) => {
  const text = "top = 1\n\n[m.a]\nargs = [\n  1,\n]\n[m.b.env]\n[m.a.env]\nK = 1\n";
  expect(createTomlLocator(text)(place)).toBe(line);
});
