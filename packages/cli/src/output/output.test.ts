import { describe, expect, test } from "vitest";
import { descriptionLine } from "./description-line.js";
import { asSentence, plainCell, plainText } from "./plain-text.js";
import { formatTable } from "./table.js";
import { cutToWidth, textWidth } from "./text-width.js";
import { formatBytes, formatDuration } from "./units.js";

test.each([
  ["see its error output", "see its error output."],
  ["It is there.", "It is there."],
  ['Did you mean "a"?', 'Did you mean "a"?'],
  ["It said (no.)", "It said (no.)"],
])("%s can be followed by another sentence", (text, sentence) => {
  expect(asSentence(text)).toBe(sentence);
});

test("a description is one line that fits the terminal, and not endless without one", () => {
  expect(descriptionLine("  Reads a file.\nThe whole.", 80)).toBe("    Reads a file.");
  expect(descriptionLine("x".repeat(200), 20)).toBe(`    ${"x".repeat(15)}…`);
  expect(textWidth(descriptionLine("x".repeat(200)))).toBe(104);
  expect(textWidth(descriptionLine("x".repeat(200), 300))).toBe(104);
});

describe("a table", () => {
  test("lines its columns up and cuts what does not fit", () => {
    const text = formatTable(
      ["NAME", "COMMAND"],
      [
        ["files", "npx something"],
        ["a", "a command that is far too long"],
      ],
      24,
    );
    expect(text.split("\n")).toEqual(["NAME   COMMAND", "files  npx something", "a      a command that i…"]);
  });

  test("is as wide as it needs where nobody looks", () => {
    const long = "x".repeat(500);
    expect(formatTable(["A"], [[long]], Number.POSITIVE_INFINITY)).toContain(long);
  });
});

describe("a table that is too wide", () => {
  const columns = [{ title: "NAME", shrinks: true }, { title: "PID", align: "right" }, "STATE"] as const;

  test("narrows what may shrink, and keeps numbers whole", () => {
    const text = formatTable(columns, [["a-name-that-goes-on-and-on", "4194303", "running"]], 32);
    expect(text).toBe("NAME                PID  STATE\na-name-that-g…  4194303  running");
  });

  test("leaves names something to tell by, and cuts the line instead", () => {
    const text = formatTable(columns, [["a-name-that-goes-on", "4194303", "ended: lease expired"]], 30);
    expect(text).toBe("NAME          PID  STATE\na-name-…  4194303  ended: lea…");
  });

  test("counts the columns of a terminal, not the letters", () => {
    const rows = [
      ["日本語の名前です", "7", "e\u0301te"],
      ["x", "8", "y"],
    ];
    const [head = "", ...lines] = formatTable(columns, rows, 26).split("\n");
    expect([head, ...lines]).toEqual([
      "NAME            PID  STATE",
      "日本語の名前…     7  e\u0301te",
      "x                 8  y",
    ]);
  });
});

describe("the width of a text", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["日本", 4],
    ["🎉", 2],
    ["e\u0301", 1],
    ["\u200d", 0],
  ])("%j is %i", (text, width) => expect(textWidth(text)).toBe(width));

  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("%j cut to %i is %j", (text, columns, cut) => expect(cutToWidth(text, columns)).toBe(cut));
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_024, "1 KiB"],
  [1_048_063, "1023 KiB"],
  [1_048_500, "1.0 MiB"],
  [10.4 * 2 ** 20, "10 MiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [2 ** 50, "1024 TiB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, "0 s"],
  [119_499, "119 s"],
  [120_000, "2 min"],
  [7_100_000, "118 min"],
  [7_200_000, "2 h"],
  [259_000_000, "3 d"],
])("%d ms are %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

describe("text from elsewhere", () => {
  test("stays in its cell and turns nothing round", () => {
    const plain = plainCell("a\tb\nc\u202ed\u2066e\u2028f\u001b[1mg");
    expect(plain).toBe("a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}[1mg");
  });

  test("keeps its lines, tabs and letters", () => {
    expect(plainText("a\tb\nç 日本 🎉")).toBe("a\tb\nç 日本 🎉");
  });

  test("cannot steer the terminal", () => {
    const plain = plainText("\u001b]0;title\u0007\u001b[2Jgone\r\u009b31m\u007f");
    expect(["\u001b", "\u0007", "\r", "\u009b", "\u007f"].some((control) => plain.includes(control))).toBe(
      false,
    );
    expect(plain).toContain("gone");
  });

  test("keeps every character in its place, and every other one as it is", () => {
    const all = Array.from({ length: 0x300 }, (_, code) => String.fromCodePoint(code)).join("a");
    const shown = (code: number): boolean =>
      code === 0x09 || code === 0x0a || (code >= 0x20 && code < 0x7f) || code >= 0xa0;
    const plain = plainText(all);
    for (let code = 0; code < 0x300; code += 1) {
      expect(plain.charAt(code * 2)).toBe(shown(code) ? String.fromCodePoint(code) : "\u{fffd}");
    }
    expect(plainText("\u001b\u009b[2J\ud83c")).toBe("\u{fffd}\u{fffd}[2J\ud83c");
  });

  test("may be 64 MiB long", () => {
    const text = "some line of a tool that says much\n".repeat(2_000_000);
    expect(plainText(text)).toBe(text);
  });
});

test("a cell is coloured after it was laid out, and one that is cut is not", () => {
  const paint = (text: string): string => `<${text}>`;
  const columns = [{ title: "A", paint }, "B", { title: "STATUS", paint }] as const;
  const rows = [
    ["one", "2", "ready"],
    ["", "2", "failed for long"],
  ];
  expect(formatTable(columns, rows, 14).split("\n")).toEqual([
    "A    B  STATUS",
    "<one>  2  <ready>",
    "<>     2  faile…",
  ]);
});
