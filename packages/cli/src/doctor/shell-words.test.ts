import { expect, test } from "vitest";
import { commandLine, note, shellWord, variableNote } from "./shell-words.js";

test.each([
  ["plain/path.txt", "plain/path.txt", "plain/path.txt"],
  ["--", "--", "'--'"],
  ["--listen", "--listen", "--listen"],
  ["-a.b", "-a.b", "'-a.b'"],
  ["~/x", "'~/x'", "'~/x'"],
  ["", "''", "''"],
  ["a b", "'a b'", "'a b'"],
  ["it's", `'it'\\''s'`, "'it''s'"],
  ["$(touch x)", "'$(touch x)'", "'$(touch x)'"],
  ["\u2019; touch x", "'\u2019; touch x'", "'\u2019\u2019; touch x'"],
  ["C:\\Users\\me", "'C:\\Users\\me'", "C:\\Users\\me"],
  ["C:\\Program Files", "'C:\\Program Files'", "'C:\\Program Files'"],
])("%j is one word to either shell", (text, posix, powershell) => {
  expect(shellWord(text, "posix")).toBe(posix);
  expect(shellWord(text, "powershell")).toBe(powershell);
});

test("a program whose name needs quotes is called, not shown, by PowerShell", () => {
  expect(commandLine(["C:\\Program Files\\a.exe", "--help"], "powershell")).toBe(
    "& 'C:\\Program Files\\a.exe' --help",
  );
  expect(commandLine(["/opt/my tools/a", "--help"], "posix")).toBe("'/opt/my tools/a' --help");
});

test("a note stays behind its mark, whatever is in it", () => {
  expect(note("a\nrm x\r\u001b[2J\u2028b")).toBe("# a rm x [2J b");
});

test("a variable whose value nobody knows is shown, and not set to a placeholder", () => {
  expect(variableNote("TOKEN", "posix")).toBe("# export TOKEN=VALUE");
  expect(variableNote("TOKEN", "powershell")).toBe("# $env:TOKEN = 'VALUE'");
  expect(variableNote("A-B", "posix")).toMatch(/^# A-B cannot be set by a shell/);
});
