import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { describe, expect, it } from "vitest";
import { describeMachine } from "./machine-facts.js";
import { operatingSystemOf, pathConventionOf } from "./operating-system.js";

describe("describeMachine", () => {
  it("tells this machine's folders, shell and clock", () => {
    const facts = describeMachine();
    for (const path of [facts.home, facts.temp, facts.cwd])
      expect([isAbsolute(path), existsSync(path)]).toEqual([true, true]);
    expect(facts).toMatchObject({ os: operatingSystemOf(), arch: process.arch, cwd: process.cwd() });
    expect(facts.hostname).not.toBe("");
    expect(Math.abs(facts.clockMs - Date.now())).toBeLessThan(1_000);
  });

  it.skipIf(process.platform === "win32")(
    "takes the shell from the environment, else from the account",
    () => {
      expect(describeMachine({ SHELL: "/bin/zsh" }).shell).toBe("/bin/zsh");
      expect(describeMachine({}).shell).toMatch(/^\//);
    },
  );
});

describe("operatingSystemOf", () => {
  it.each([
    ["linux", "linux", "posix"],
    ["android", "linux", "posix"],
    ["darwin", "darwin", "posix"],
    ["win32", "windows", "windows"],
    ["freebsd", "freebsd", "posix"],
    ["openbsd", "openbsd", "posix"],
    ["sunos", "other", "posix"],
  ] as const)("calls %s %s", (platform, os, convention) => {
    expect(operatingSystemOf(platform)).toBe(os);
    expect(pathConventionOf(os)).toBe(convention);
  });
});
