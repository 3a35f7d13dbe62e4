import { describe, expect, it } from "vitest";
import { expandVariables, parseRegistryExport } from "./parse-registry-export.js";
import { joinRegistryPaths, pathOfUser } from "./registry-path.js";

/** As `reg export` writes a text with variables: its bytes in UTF-16, in lines that go on behind a backslash. */
function expandable(text: string): string {
  const bytes = [...Buffer.from(`${text}\0`, "utf16le")].map((byte) => byte.toString(16).padStart(2, "0"));
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 20) lines.push(bytes.slice(at, at + 20).join(","));
  return `hex(2):${lines.join(",\\\r\n  ")}`;
}

function exported(...lines: readonly string[]): Buffer {
  const text = ["Windows Registry Editor Version 5.00", "", "[HKEY_CURRENT_USER\\Environment]", ...lines, ""];
  return Buffer.from(`\ufeff${text.join("\r\n")}`, "utf16le");
}

describe("an export of the registry", () => {
  it.each([
    ["a plain text", exported('"TEMP"="C:\\\\T"', '"Path"="C:\\\\Jörg\\\\\\"bin\\""'), 'C:\\Jörg\\"bin"'],
    [
      "a text with variables",
      exported(`"PATH"=${expandable("%USERPROFILE%\\日本;C:\\tools and more")}`),
      "%USERPROFILE%\\日本;C:\\tools and more",
    ],
    ["an empty text", exported('"Path"=""'), ""],
    ["no such value", exported('"Pathology"="x"', '"X"="\\"Path\\"=1"'), undefined],
    ["a number", exported('"Path"=dword:00000001'), undefined],
    ["the old form", Buffer.from('REGEDIT4\r\n"Path"="C:\\\\a"\r\n'), "C:\\a"],
    ["nothing", Buffer.alloc(0), undefined],
  ])("with %s", (_name, file, expected) => {
    const found = parseRegistryExport(file).find(({ name }) => name.toUpperCase() === "PATH");
    expect(found?.text).toBe(expected);
  });
});

describe("the PATH of the registry", () => {
  const env = { SystemRoot: "C:\\Windows", userprofile: "C:\\Users\\jörg" };
  const texts = (values: Readonly<Record<string, string>>, isExpandable: boolean) =>
    Object.entries(values).map(([name, text]) => ({ name, text, isExpandable }));

  it("is the machine's, then the user's, without gaps, and with variables replaced", () => {
    const keys = [
      texts({ Path: "%SystemRoot%\\system32;;%SYSTEMROOT% ;" }, true),
      texts({ PATH: "%UserProfile%\\bin;%NOTHING%\\x;100%" }, true),
    ];
    expect(joinRegistryPaths(keys, env)).toBe(
      "C:\\Windows\\system32;C:\\Windows;C:\\Users\\jörg\\bin;%NOTHING%\\x;100%",
    );
    expect(joinRegistryPaths([], env)).toBe("");
    expect(joinRegistryPaths([texts({ Path: "%SystemRoot%" }, false)], env)).toBe("%SystemRoot%");
  });

  it("knows variables that were set after this process began, and new values of old ones", () => {
    const keys = [
      [...texts({ Path: "%TOOLS%;%MINE%" }, true), ...texts({ TOOLS: "C:\\tools" }, false)],
      [
        ...texts({ Path: "%DEEP%;%TOOLS%", DEEP: "%MINE%\\deep" }, true),
        ...texts({ mine: "C:\\mine", TOOLS: "D:\\tools" }, false),
      ],
    ];
    expect(joinRegistryPaths(keys, { ...env, Tools: "C:\\old" })).toBe(
      "C:\\tools;%MINE%;C:\\mine\\deep;D:\\tools",
    );
  });

  it("has the name of the user, and not that which the machine has for the system", () => {
    const machine = texts({ UserName: "SYSTEM" }, false);
    const user = texts({ Path: "C:\\%USERNAME%\\bin" }, true);
    expect(joinRegistryPaths([machine, user], { ...env, USERNAME: "jörg" })).toBe("C:\\jörg\\bin");
    expect(joinRegistryPaths([machine, [...user, ...texts({ USERNAME: "me" }, false)]], env)).toBe(
      "C:\\me\\bin",
    );
  });

  it("is what Windows tells, with the user's own part where that was left out", () => {
    const values = { Path: "C:\\Windows;;C:\\me", TOOLS: "C:\\tools" };
    expect(pathOfUser({ values, userPath: "%TOOLS%\\bin;c:\\ME" })).toBe("C:\\Windows;C:\\me;C:\\tools\\bin");
    expect(pathOfUser({ values: {}, userPath: undefined })).toBe("");
  });

  it("replaces nothing within what it has put in", () => {
    expect(expandVariables("%A%%B%", { a: "%B%", B: "b" })).toBe("%B%b");
  });
});
