import { describe, expect, it } from "vitest";
import { toStartCommand } from "./start-command.js";

const env = { PATH: "/bin" };

describe("toStartCommand", () => {
  it.each([
    ["linux", "/opt/run.cmd"],
    ["darwin", "/opt/run.ps1"],
    ["win32", "C:\\x\\run.exe"],
  ] as const)("on %s leaves %s as it is", (platform, program) => {
    const start = { program, args: ["a b"], env };
    expect(toStartCommand(start, {}, platform)).toEqual({ ...start, verbatimArguments: false });
  });

  it("on Windows goes through the interpreter of a script, with the same environment", () => {
    const start = { program: "C:\\x\\run.cmd", args: ["a b"], env };
    expect(toStartCommand(start, { SYSTEMROOT: "C:\\W" }, "win32")).toEqual({
      program: "C:\\W\\System32\\cmd.exe",
      args: ["/d", "/e:on", "/v:off", "/s", "/c", '""C:\\x\\run.cmd" "a b""'],
      env,
      verbatimArguments: true,
    });
  });
});
