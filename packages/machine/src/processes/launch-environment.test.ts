import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fromSystemBytes, toSystemBytes } from "../environment/raw-text.js";
import { launched } from "../fixtures/launched.js";
import { probeLaunch } from "./probe-launch.js";

const root = mkdtempSync(join(tmpdir(), "fairlead-raw-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with byte 0xFF in its name, and a program in it. */
const rawFolder = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]);
const rawPath = `${fromSystemBytes(rawFolder)}:/usr/bin:/bin`;
const script = '#!/bin/sh\nprintf \'%s|\' "$0" "$@"\nprintf \'%s|%s\\n\' "$PATH" "$EXTRA"\n';
if (process.platform === "linux") {
  mkdirSync(rawFolder);
  writeFileSync(Buffer.concat([rawFolder, Buffer.from("/tool")]), script, { mode: 0o755 });
}

describe.skipIf(process.platform !== "linux")("values that are no UTF-8", () => {
  it.each(["pipe", "pty"] as const)("reach a program that is found by them: %s", async (mode) => {
    const env = { PATH: rawPath, EXTRA: "\udcfe'\"$x\\" };
    const stdio = mode === "pipe" ? { mode } : { mode, columns: 400, rows: 24 };
    const args = ["two words", "ü", "$HOME", ""];
    await using child = await launched(
      { program: "tool", args, stdio, env: { inherit: ["EXTRA"] } },
      { env },
    );
    await child.process.closed;
    const expected = [`${fromSystemBytes(rawFolder)}/tool`, ...args, rawPath, "\udcfe'\"$x\\"].join("|");
    expect(child.bytes("stdout").toString("latin1").trimEnd()).toBe(
      toSystemBytes(expected).toString("latin1"),
    );
    expect(child.process.program).toBe(`${root}/\ufffd/tool`);
  });

  it("are told with a replacement where somebody asks", async () => {
    const options = { env: { PATH: rawPath } };
    const found = await probeLaunch({ program: "tool", variables: [] }, options);
    expect(found.program).toEqual({ path: `${root}/\ufffd/tool` });
    const missing = await probeLaunch({ program: "no-such-tool", variables: [] }, options);
    expect(missing.program).toMatchObject({
      error: { details: { searchedPath: `${root}/\ufffd:/usr/bin:/bin` } },
    });
  });

  it("cannot be had together with a name that no shell can pass on", async () => {
    const starting = launched(
      { program: "tool", args: [], env: { set: { "a.b": "1" } } },
      { env: { PATH: rawPath } },
    );
    await expect(starting).rejects.toMatchObject({ code: "usage", reason: "argument_invalid" });
  });
});

describe.skipIf(process.platform === "win32")("a launch with the profile of the user's shell", () => {
  const home = join(root, "home");
  mkdirSync(join(home, "bin"), { recursive: true });
  symlinkSync("/bin/sh", join(home, "bin", "only-there"));
  const env = { HOME: home, SHELL: "/bin/bash", PATH: "/usr/bin:/bin", TOKEN: "own" };
  const print = [
    "-c",
    'printf "%s|" "$GREETING" "$TOKEN" "$FAIRLEAD_TOKEN" "$@"',
    "x",
    "two words",
    "$HOME",
    "'\"",
  ];

  it("finds programs by it and has what it sets, also where a name is asked for, and nothing of its noise", async () => {
    const lines = [
      "echo noise",
      'export PATH="$HOME/bin:$PATH"',
      "export GREETING=hello TOKEN=p FAIRLEAD_TOKEN=x",
      "read line",
    ];
    writeFileSync(join(home, ".bash_profile"), lines.join("\n"));
    const spec = { program: "only-there", args: print, shellProfile: true, env: { inherit: ["TOKEN"] } };
    await using child = await launched(spec, { env });
    await child.process.closed;
    expect(child.text()).toBe("hello|p||two words|$HOME|'\"|");
    expect(child.process.program).toBe(join(home, "bin/only-there"));
    expect(child.process.warnings).toEqual([]);
    const question = { program: "only-there", variables: ["GREETING", "NONE"], shellProfile: true };
    expect(await probeLaunch(question, { env })).toMatchObject({
      unsetVariables: ["NONE"],
      program: { path: join(home, "bin/only-there") },
    });
    expect(await probeLaunch({ ...question, shellProfile: false }, { env })).toHaveProperty("program.error");
  });

  it("is started without it where it fails, which is told", async () => {
    writeFileSync(join(home, ".bash_profile"), "exit 3\n");
    const spec = { program: "sh", args: print, shellProfile: true };
    await using child = await launched(spec, { env });
    await child.process.closed;
    expect(child.text()).toBe("|||two words|$HOME|'\"|");
    expect(child.process.warnings).toEqual([expect.stringMatching(/profile.*ended with code 3/)]);
  });

  it("can be taken back while the profile hangs", async () => {
    writeFileSync(join(home, ".bash_profile"), "sleep 1000\n");
    const giveUp = new AbortController();
    const starting = launched(
      { program: "sh", args: print, shellProfile: true },
      { env, signal: giveUp.signal },
    );
    giveUp.abort();
    await expect(starting).rejects.toMatchObject({ code: "canceled", effect: "none" });
  });
});
