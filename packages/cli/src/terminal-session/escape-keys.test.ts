import { describe, expect, it } from "vitest";
import { createEscapeKeys } from "./escape-keys.js";

function type(...chunks: readonly string[]): { passed: string; left: boolean } {
  let left = false;
  const filter = createEscapeKeys(() => {
    left = true;
  });
  const passed = chunks.map((chunk) => filter(Buffer.from(chunk)).toString()).join("");
  return { passed, left };
}

describe("the escape keys", () => {
  it.each([
    ["at the very start", ["~."], ""],
    ["after Enter", ["ls\r~."], "ls\r"],
    ["one key at a time", ["l", "\r", "~", "."], "l\r"],
    ["with more behind it", ["\n~.rm"], "\n"],
  ])("leave %s", (_, chunks, passed) => {
    expect(type(...chunks)).toEqual({ passed, left: true });
  });

  it.each([
    ["within a line", ["a~."], "a~."],
    ["before something else", ["~/bin\r"], "~/bin\r"],
    ["doubled", ["~~.\r"], "~.\r"],
    ["before Enter, which starts a line again", ["~\r", "x"], "~\rx"],
    ["bytes that are no text", ["é\u0000\u0003"], "é\u0000\u0003"],
  ])("do nothing %s", (_, chunks, passed) => {
    expect(type(...chunks)).toEqual({ passed, left: false });
  });

  it("show a held tilde as soon as the next key is known", () => {
    expect(type("~", "x")).toEqual({ passed: "~x", left: false });
  });
});
