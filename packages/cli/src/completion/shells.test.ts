import { describe, expect, test } from "vitest";
import { formatCompletion, readShellWords } from "./shells.js";

describe("bash parts words at : and =", () => {
  test.each<[words: string[], current: string, cut: string]>([
    [["list", ""], "", ""],
    [["cp", "devbox", ":"], "devbox:", "devbox:"],
    [["cp", "devbox", ":", "/srv"], "devbox:/srv", "devbox:"],
    [["run", "--executor", "="], "--executor=", "--executor="],
    [["run", "--executor", "=", "de"], "--executor=de", "--executor="],
    [["run", "--executor=de"], "--executor=de", ""],
    [["get", "'fi"], "fi", ""],
    [["get", "my\\ se"], "my se", ""],
  ])("%j", (words, current, cut) => {
    expect(readShellWords("bash", words)).toMatchObject({ current, cut });
  });
});

test("PowerShell marks its last word", () => {
  expect(readShellWords("powershell", ["get", "="])).toEqual({ before: ["get"], current: "", cut: "" });
  expect(readShellWords("powershell", ["--executor=de", "=x"]).before).toEqual(["--executor=de"]);
});

describe("an answer", () => {
  const candidates = [
    { value: "devbox:", description: "a\nb: c" },
    { value: "x", description: "" },
  ];
  test.each([
    ["bash", ":files\n:open\n:\nx\n"],
    ["zsh", ":files\n:open\ndevbox\\::a b: c\nx\n"],
    ["fish", ":files\n:open\ndevbox:\ta b: c\nx\n"],
    ["powershell", ":files\n:open\ndevbox:\ta b: c\nx\n"],
  ] as const)("for %s", (shell, text) => {
    expect(formatCompletion(shell, { candidates, also: "files", isOpen: true }, "devbox")).toBe(text);
  });
});

test.each(["bash", "zsh", "fish", "powershell"] as const)(
  "%s is offered no word that it would run, nor one that tells its script something",
  (shell) => {
    const values = ["$(touch x)", "`x`", "a;b", "a b", "a\nb", "a\u{1b}[2J", ":files", "--a=b", "list.all"];
    const candidates = values.map((value) => ({ value, description: "" }));
    const text = formatCompletion(shell, { candidates, also: "nothing", isOpen: false }, "");
    expect(text).toBe("--a=b\nlist.all\n");
  },
);
