import { describe, expect, it } from "vitest";
import { findWindowsProgram, posixCandidates, windowsCandidates } from "./program-candidates.js";

describe("posixCandidates", () => {
  it.each([
    ["node", "/a:/b", ["/a/node", "/b/node"]],
    ["node", "/a::bin:/a", ["/a/node", "/work/node", "/work/bin/node"]],
    ["node", undefined, ["/usr/bin/node", "/bin/node"]],
    ["./run", "/a", ["/work/run"]],
    ["../x/run", "/a", ["/x/run"]],
    ["/opt/run", "/a", ["/opt/run"]],
  ])("of %s on PATH %s", (name, PATH, expected) => {
    expect(posixCandidates(name, { env: { PATH }, cwd: "/work" })).toEqual(expected);
  });
});

describe("findWindowsProgram", () => {
  const files = [
    "C:\\work\\local.exe",
    "C:\\nodejs\\npx",
    "C:\\nodejs\\npx.cmd",
    "C:\\nodejs\\node.exe",
    "D:\\tools dir\\node.com",
    "D:\\tools dir\\tool.py",
    "C:\\work\\bin\\my.server.bat",
    "D:\\tools dir\\script.ps1",
    "D:\\tools dir\\both.ps1",
    "C:\\nodejs\\both.bat",
    "D:\\tools dir\\page.js",
    "C:\\nodejs\\page.exe",
  ];
  const env = { PATH: 'C:\\missing;"D:\\tools dir";C:\\nodejs', PATHEXT: ".COM;.EXE;.BAT;.CMD" };
  const exists = (path: string): boolean => files.some((file) => file.toLowerCase() === path.toLowerCase());
  it.each([
    ["node", "D:\\tools dir\\node.com"],
    ["node.exe", "C:\\nodejs\\node.exe"],
    ["npx", "C:\\nodejs\\npx.cmd"],
    ["tool", undefined],
    ["local", undefined],
    [".\\local", "C:\\work\\local.exe"],
    ["bin/my.server", "C:\\work\\bin\\my.server.bat"],
    ["C:/nodejs/node", "C:\\nodejs\\node.exe"],
    ["script", "D:\\tools dir\\script.ps1"],
    ["script.ps1", "D:\\tools dir\\script.ps1"],
    ["both", "C:\\nodejs\\both.bat"],
    ["page", "C:\\nodejs\\page.exe"],
    ["page.js", undefined],
    ["NPX", "C:\\nodejs\\npx.cmd"],
  ])("takes %s as %s", (name, expected) => {
    expect(findWindowsProgram(name, { env, cwd: "C:\\work" }, exists)?.toLowerCase()).toBe(
      expected?.toLowerCase(),
    );
  });

  it("goes by PATHEXT in its order, whatever else it names, and by what it leaves out", () => {
    const context = { env: { path: "C:\\x", pathext: ".js;.CMD ;.exe;" }, cwd: "C:\\work" };
    expect(windowsCandidates("a", context)).toEqual(
      ["cmd", "exe", "com", "bat", "ps1"].map((extension) => `C:\\x\\a.${extension}`),
    );
  });

  it("takes the extensions that every Windows has when PATHEXT is missing", () => {
    const context = { env: { Path: "C:\\nodejs" }, cwd: "C:\\work" };
    expect(findWindowsProgram("npx", context, exists)).toBe("C:\\nodejs\\npx.cmd");
  });
});
