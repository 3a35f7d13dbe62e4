import { mkdir, stat, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownEnvironment } from "../environment/own-environment.js";
import { makeFileTree } from "../files/test-support/file-tree.js";
import { launched } from "../fixtures/launched.js";
import { coreLimitOf } from "./core-dumps.js";
import { keepFilesPrivate, withUsersUmask } from "./users-umask.js";

const usersUmask = 0o027;

describe.skipIf(process.platform === "win32")("a process whose files are private", () => {
  let before = 0;
  beforeAll(() => {
    before = process.umask(usersUmask);
    keepFilesPrivate();
  });
  afterAll(() => void process.umask(before));

  test("makes its own so that nobody else can read them", async () => {
    await using tree = await makeFileTree();
    await writeFile(tree.path("own"), "", { mode: 0o666 });
    await mkdir(tree.path("folder"));
    expect((await stat(tree.path("own"))).mode & 0o777).toBe(0o600);
    expect((await stat(tree.path("folder"))).mode & 0o777).toBe(0o700);
  });

  test.each(["pipe", "pty"] as const)("starts programs with the user's umask: %s", async (mode) => {
    const stdio = mode === "pipe" ? { mode } : { mode, columns: 80, rows: 24 };
    await using program = await launched({ program: "sh", args: ["-c", "umask"], stdio });
    await program.process.closed;
    expect(program.text().trim()).toBe("0027");
  });

  test("makes the user's files and folders as the user would", async () => {
    await using tree = await makeFileTree();
    await tree.files.write(tree.uri("new/file"), Buffer.from("x"), { makeFolders: true });
    expect((await stat(tree.path("new"))).mode & 0o777).toBe(0o750);
    expect((await stat(tree.path("new/file"))).mode & 0o777).toBe(0o640);
  });

  test("is private again whatever became of what was done for the user", () => {
    const fail = (): never => {
      throw new Error("it failed");
    };
    expect(() => withUsersUmask(fail)).toThrow("it failed");
    const now = process.umask(0o077);
    expect(now).toBe(0o077);
  });
});

test("the environment of our own programs has nothing that the loader goes by", () => {
  const env = {
    PATH: "/bin",
    LD_PRELOAD: "/evil.so",
    LD_LIBRARY_PATH: "/evil",
    DYLD_INSERT_LIBRARIES: "/evil.dylib",
    OLD_LD_PATH: "kept",
    NODE_OPTIONS: "--no-warnings",
    UNSET: undefined,
  };
  expect(ownEnvironment(env)).toEqual({ PATH: "/bin", OLD_LD_PATH: "kept", NODE_OPTIONS: "--no-warnings" });
});

test("the limit of core files is read from what the kernel tells", () => {
  const limits = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max stack size            8388608              unlimited            bytes     ",
    "Max core file size        unlimited            unlimited            bytes     ",
  ].join("\n");
  expect(coreLimitOf(limits)).toBe("unlimited");
  expect(coreLimitOf(limits.replace("size        unlimited", "size        0        "))).toBe("0");
  expect(coreLimitOf("")).toBeUndefined();
});
