import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitByProgram, throughBatchFile, throughCmd } from "../fixtures/windows-readers.js";
import { toWindowsCommand } from "./windows-command-line.js";

const own = { SystemRoot: "D:\\Win" };
const script = "C:\\my tools\\npx.cmd";

/** The arguments that a program gets which a batch file starts with `%*`. */
function received(args: readonly string[], file = script): readonly string[] {
  const line = toWindowsCommand(file, args, own).args.at(-1) ?? "";
  const [called, ...rest] = splitByProgram(throughBatchFile(throughCmd(line)));
  expect(called).toBe(file);
  return rest;
}

describe("toWindowsCommand", () => {
  it.each([
    ["C:\\nodejs\\node.exe", ["-e", 'say "hi"']],
    ["C:\\nodejs\\more.COM", ["%PATH%"]],
  ])("starts %s as it is", (program, args) => {
    expect(toWindowsCommand(program, args, own)).toEqual({ program, args, isVerbatim: false });
  });

  it.each(["C:\\a b\\run.cmd", "C:\\a b\\RUN.BAT", "C:\\x\\run.bat.", "C:\\x\\run.cmd . "])(
    "starts %s by the system's cmd.exe",
    (file) => {
      expect(toWindowsCommand(file, ["plain", "two words"], own)).toEqual({
        program: "D:\\Win\\System32\\cmd.exe",
        args: ["/d", "/e:on", "/v:off", "/s", "/c", `""${file}" plain "two words""`],
        isVerbatim: true,
      });
    },
  );

  it.each([
    [
      ["/d", "/s", "/c", '"C:\\Program Files\\x\\token.exe" --json'],
      '""C:\\Program Files\\x\\token.exe" --json"',
    ],
    [["/S", "/C", 'echo {"a": 1}'], '"echo {"a": 1}"'],
    [["/v:on", "/s", "/c", "dir"], '"dir"'],
  ])("gives a shell the line of %j as it is", (args, line) => {
    const program = "C:\\Windows\\System32\\cmd.exe";
    expect(toWindowsCommand(program, args, own)).toEqual({
      program,
      args: [...args.slice(0, -1), line],
      isVerbatim: true,
    });
    expect(throughCmd(line)).toBe(args.at(-1));
  });

  it.each([
    [["/c", "npx", "-y", "server"]],
    [["/c", "a b"]],
    [["/s", "/c"]],
    [["/s", "/c", "npx", "-y"]],
    [["/s", "x y", "/c", "dir"]],
    [[]],
  ])("gives a shell the words of %j like any program", (args) => {
    const program = "C:\\Windows\\System32\\cmd.exe";
    expect(toWindowsCommand(program, args, own)).toEqual({ program, args, isVerbatim: false });
  });

  it("starts scripts of PowerShell by the system's PowerShell", () => {
    const { program, args, isVerbatim } = toWindowsCommand("C:\\x\\tool.ps1", ["a b"], { windir: "C:\\W" });
    expect(program).toBe("C:\\W\\System32\\WindowsPowerShell\\v1.0\\powershell.exe");
    expect(args.slice(-3)).toEqual(["-File", "C:\\x\\tool.ps1", "a b"]);
    expect(isVerbatim).toBe(false);
  });

  it("knows where Windows is when nothing says so, and believes no COMSPEC", () => {
    const { program } = toWindowsCommand(script, [], { ComSpec: "C:\\evil.exe" });
    expect(program).toBe("C:\\Windows\\System32\\cmd.exe");
  });
});

describe("what a program gets behind a batch file", () => {
  it.each([
    [["plain"]],
    [[""]],
    [["a b", "c\td"]],
    [["&whoami", "|", "<in", ">out", "^", "a^&b"]],
    [['"&whoami', '" & whoami & "', 'a"b"c', '"', '""']],
    [["\\", "\\\\", "a\\", "a b\\", 'a\\"b', 'a\\\\" & b', "C:\\a\\b"]],
    [["%PATH%", '%PATH:X=" & whoami & %', "%PATH:~1%", "100%", "%", "%%", "%~dp0", "%1", "%*", "%cd:~,%"]],
    [["!PATH!", "a!b", "^!x^!"]],
    [["(a)", "a,b;c=d", "@x", "~", "`x`", "'x'", "*", "?"]],
    [["jörg", "日本語", "🚀", "\u00a0", "“typographic”"]],
    [['{"json": "v\\al", "n": [1, 2], "p": "50%"}']],
    [["--flag=two words", "/c", "/s", "-x"]],
  ])("is %j", (args) => {
    expect(received(args)).toEqual(args);
  });

  it("is what was given, whatever it was", () => {
    const nasty = fc.constantFrom(...Array.from('""\\\\%%!^&|<>() \t,;=ab~:*19\'`'));
    const text = fc.oneof(fc.string({ unit: nasty, maxLength: 20 }), fc.string({ unit: "grapheme" }));
    const argument = text.filter((each) => !/[\r\n\0]/.test(each));
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 5 }), (args) => {
        expect(received(args)).toEqual(args);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is started from any folder", () => {
    const file = "C:\\50% of %PATH% & (a)\\^b!\\run.cmd";
    expect(received(["x"], file)).toEqual(["x"]);
  });
});

describe("an argument that cmd.exe cannot be given", () => {
  it.each(["a\nb", "\r", "a\r\n& whoami"])("is refused: %j", (argument) => {
    expect(() => toWindowsCommand(script, ["ok", argument], own)).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "argument_invalid",
        details: expect.objectContaining({ argument: 2 }) as object,
      }),
    );
    expect(toWindowsCommand("C:\\node.exe", [argument], own).args).toEqual([argument]);
  });

  it("is refused where the line gets longer than it reads", () => {
    expect(() => toWindowsCommand(script, ["x".repeat(9_000)], own)).toThrow(
      expect.objectContaining({ code: "resource_exhausted", reason: "limit_reached" }),
    );
  });
});
