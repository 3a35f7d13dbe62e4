import { describe, expect, it } from "vitest";
import { expandVariables, parseRegistryExport } from "./parse-registry-export.js";
import { joinRegistryPaths } from "./registry-path.js";

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
    expect(parseRegistryExport(file, "Path")).toBe(expected);
  });
});

describe("the PATH of the registry", () => {
  const env = { SystemRoot: "C:\\Windows", userprofile: "C:\\Users\\jörg" };
  it("is the machine's, then the user's, without gaps, and with variables replaced", () => {
    const paths = ["%SystemRoot%\\system32;;%SYSTEMROOT% ;", "%UserProfile%\\bin;%NOTHING%\\x;100%"];
    expect(joinRegistryPaths(paths, env)).toBe(
      "C:\\Windows\\system32;C:\\Windows;C:\\Users\\jörg\\bin;%NOTHING%\\x;100%",
    );
    expect(joinRegistryPaths([], env)).toBe("");
  });

  it("replaces nothing within what it has put in", () => {
    expect(expandVariables("%A%%B%", { a: "%B%", B: "b" })).toBe("%B%b");
  });
});
