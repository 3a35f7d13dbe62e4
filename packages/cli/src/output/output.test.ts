import { describe, expect, test } from "vitest";
import { plainText } from "./plain-text.js";
import { formatTable } from "./table.js";

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

describe("text from elsewhere", () => {
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
});
