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
    expect(toStartCommand({ ...start, cwd: "/" }, {}, platform)).toEqual({
      ...start,
      verbatimArguments: false,
    });
  });

  it("on Windows goes through the interpreter of a script, with the same environment", () => {
    const start = { program: "C:\\x\\run.cmd", args: ["a b"], env };
    expect(toStartCommand({ ...start, cwd: "C:\\x" }, { SYSTEMROOT: "C:\\W" }, "win32")).toEqual({
      program: "C:\\W\\System32\\cmd.exe",
      args: ["/d", "/e:on", "/v:off", "/s", "/c", '""C:\\x\\run.cmd" "a b""'],
      env,
      verbatimArguments: true,
    });
  });

  it.each(["\\\\server\\share", "//server/share", "\\\\?\\C:\\work"])(
    "on Windows refuses to run a batch file in %s",
    (cwd) => {
      const start = (program: string): unknown =>
        toStartCommand({ program, args: [], env, cwd }, {}, "win32");
      expect(() => start("C:\\x\\npx.CMD")).toThrow(expect.objectContaining({ reason: "argument_invalid" }));
      expect(() => start("C:\\x\\node.exe")).not.toThrow();
    },
  );
});
