import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { toSystemBytes } from "../environment/raw-text.js";
import { throughShellIfRaw } from "./raw-start.js";

const raw = "/tmp/\udcff\udcfe: 'a' \"b\" $HOME \\n `x`\nö\n";

describe("throughShellIfRaw", () => {
  it("changes nothing where everything is text, odd names and replacements included", () => {
    const start = { program: "/bin/x", args: ["ö"], env: { "a.b": "\ufffd", A: "ü" } };
    expect(throughShellIfRaw(start)).toBe(start);
  });

  it("refuses names that a shell cannot pass on, and says nothing of values", () => {
    const env = { "a.b": "secret", RAW: "\udcff" };
    expect(() => throughShellIfRaw({ program: "/x", args: [], env })).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "argument_invalid",
        message: expect.not.stringContaining("secret") as string,
      }),
    );
  });

  it("has no value in its arguments", () => {
    const { args } = throughShellIfRaw({ program: "/x", args: ["a"], env: { TOKEN: "pass\udcffword" } });
    expect(args.join(" ")).not.toMatch(/pass|word/);
  });

  it.skipIf(process.platform === "win32").each(["/bin/sh", "/bin/bash"])(
    "gives the program exactly the bytes, by %s",
    (shell) => {
      const start = throughShellIfRaw({
        program: "/usr/bin/env",
        args: ["-0", "X=two words"],
        env: { RAW: raw, PLAIN: "it's\n" },
      });
      const run = spawnSync(shell, [...start.args], {
        env: start.env,
        argv0: "sh",
        stdio: ["ignore", "pipe", "pipe"],
      });
      const entries = run.stdout.toString("latin1").split("\0");
      expect(run.stderr.toString()).toBe("");
      expect(entries).toContain(`RAW=${toSystemBytes(raw).toString("latin1")}`);
      expect(entries).toContain("PLAIN=it's\n");
      expect(entries).toContain("X=two words");
      expect(run.stdout.toString("latin1")).not.toContain("FAIRLEAD_HELD");
    },
  );
});
