import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { windowsCandidates } from "./program-candidates.js";
import { resolveProgram } from "./resolve-program.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-programs-")));
afterAll(() => rmSync(root, { recursive: true }));

function place(path: string, mode: number): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), "#!/bin/sh\n");
  chmodSync(join(root, path), mode);
}
place("a/tool", 0o644);
place("b/tool", 0o755);
place("a/data", 0o644);
place("cwd/bin/local", 0o755);
place("cwd/here", 0o755);
mkdirSync(join(root, "a/folder"));
symlinkSync(join(root, "b/tool"), join(root, "a/link"));
symlinkSync(join(root, "nowhere"), join(root, "a/dangling"));

const lookup = { env: { PATH: `${root}/a:${root}/b:bin` }, cwd: join(root, "cwd") };

describe.skipIf(process.platform === "win32")("resolveProgram", () => {
  it.each([
    ["an executable behind a file that is none", "tool", "b/tool"],
    ["a link, unresolved", "link", "a/link"],
    ["a relative PATH entry, from the child's folder", "local", "cwd/bin/local"],
    ["a relative path, from the child's folder", "bin/local", "cwd/bin/local"],
    ["an absolute path", join(root, "b/tool"), "b/tool"],
  ])("finds %s", async (_name, program, expected) => {
    expect(await resolveProgram(program, lookup)).toBe(join(root, expected));
  });

  it.each([
    ["nothing", "nothing", "program_not_found", `searched PATH=${root}/a`],
    ["a folder", "folder", "program_not_found", "searched PATH="],
    ["a path to a folder", "../a/folder", "program_not_found", `${root}/a/folder is a folder`],
    ["a path that a shell would fill in", "~/tool", "program_not_found", "Only a shell knows what ~ is"],
    ["a path with a variable", "$HOME/tool", "program_not_found", "Variables are not filled in"],
    ["what is only in its folder", "here", "program_not_found", "which is not searched: write ./here"],
    ["a dangling link", "dangling", "program_not_found", "searched PATH="],
    [
      "a path of Windows",
      "C:\\tools\\x.exe",
      "program_not_found",
      "choose the executor on the Windows machine that has",
    ],
    ["a path without file", "bin/nothing", "program_not_found", join(root, "cwd")],
    ["a file without permission", "data", "program_not_executable", join(root, "a/data")],
    ["a path without permission", "../a/data", "program_not_executable", join(root, "a/data")],
  ])("refuses %s", async (_name, program, reason, text) => {
    const failure = await resolveProgram(program, lookup).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "not_found", reason, effect: "none" });
    expect(String(failure)).toContain(text);
  });
});

describe.skipIf(process.platform === "win32")("an empty entry of the PATH", () => {
  // As shells have it: whoever writes one asks for that.
  it.each(["", ":/nowhere", "/nowhere:", "/nowhere::/else", "."])(
    "is the folder that the child starts in: %j",
    async (PATH) => {
      const found = await resolveProgram("here", { env: { PATH }, cwd: join(root, "cwd") });
      expect(found).toBe(join(root, "cwd/here"));
    },
  );
});

describe("on Windows", () => {
  const failureOf = (name: string, env = {}) =>
    resolveProgram(name, { env, cwd: "C:\\work", platform: "win32" }).catch((error: unknown) => error);

  it.each(["C:node", "c:", "C:..\\node", "C:bin\\node"])(
    "refuses %s, which no PATH can mean",
    async (name) => {
      expect(await failureOf(name, { PATH: "C:\\nodejs" })).toMatchObject({
        code: "usage",
        reason: "argument_invalid",
      });
    },
  );

  it("does not search the current folder, nor what empty entries of the PATH are elsewhere", async () => {
    const told = String(await failureOf("nothing", { Path: ";C:\\bin;;", PATHEXT: ".EXE" }));
    expect(told).toContain("searched PATH=;C:\\bin;;. Install it");
    expect(windowsCandidates("nothing", { env: { Path: ";C:\\bin;;" }, cwd: "C:\\work" })).not.toContain(
      "C:\\work\\nothing.exe",
    );
  });
});
