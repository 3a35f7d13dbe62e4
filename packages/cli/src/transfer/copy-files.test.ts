import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FolderEntry, toPathUri } from "@fairlead/core";
import { createFiles } from "@fairlead/machine";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FilePlace } from "../runtime/open-place.js";
import { type CopyOutcome, copyFiles } from "./copy-files.js";

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "fl-copy-"));
  await mkdir(join(top, "a/deep"), { recursive: true });
  await writeFile(join(top, "a/deep/x"), "x");
});
afterEach(() => rm(top, { recursive: true }));

const uri = (path: string): string => toPathUri(join(top, path), "posix");

function place(executor?: string, entries?: readonly FolderEntry[]): FilePlace {
  const files = createFiles({ roots: [uri(".")] });
  const list: typeof files.list = async (folder, options) =>
    entries !== undefined && folder.endsWith("/a")
      ? { entries, isTruncated: false }
      : files.list(folder, options);
  return { executor, files: { ...files, list }, convention: "posix", base: top };
}

async function copy(from: FilePlace, to: FilePlace, target: string, source = "a"): Promise<CopyOutcome> {
  return copyFiles(
    { place: from, uri: uri(source), isFolder: false },
    { place: to, uri: uri(target), isFolder: false },
    { signal: new AbortController().signal, isRecursive: true, isForced: true, onBytes: () => {} },
  );
}

test.each<[name: string, address: string]>([
  ["..", "file:///r/.."],
  ["deep", "file:///r/.."],
  ["r", "file:///r/x/.."],
  ["x", "file:///r/%2E%2E"],
  ["..", "file:///r/%2E%2E"],
  [".", "file:///r/."],
  ["", "file:///r/"],
  ["../x", "file:///r/..%2Fx"],
  ["x", "file:///r/y"],
  ["x", "file:///r/%"],
])("an executor that lists %j at %s is refused before anything is made", async (name, address) => {
  const hostile = place("far", [{ name, uri: address, kind: "directory" }]);
  await expect(copy(hostile, place(), "in/new")).rejects.toMatchObject({ code: "protocol", effect: "none" });
  expect(await readdir(top)).toEqual(["a"]);
});

test("a name that is spelled otherwise in an address is copied under its own", async () => {
  await writeFile(join(top, "a/b\\c %.txt"), "");
  expect((await copy(place("far"), place(), "new")).copied).toHaveLength(2);
  expect(await readdir(join(top, "new"))).toEqual(["b\\c %.txt", "deep"]);
});

test.each(["a", "a/b", "a/deep", "a/no/b", "link/b"])(
  "a folder is not copied into itself, at %s",
  async (target) => {
    await symlink("a", join(top, "link"));
    await expect(copy(place(), place(), target)).rejects.toMatchObject({
      code: "usage",
      reason: "path_invalid",
    });
    expect(await readdir(join(top, "a"))).toEqual(["deep"]);
  },
);

test("a folder is copied beside itself, under a name that begins like its own", async () => {
  expect((await copy(place(), place(), "ab")).copied).toHaveLength(1);
});

test("a copy into itself over two names of one machine ends", async () => {
  const { copied } = await copy(place("one"), place("other"), "a/b");
  expect(copied).toHaveLength(1);
  expect(await readdir(join(top, "a/b"))).toEqual(["deep"]);
});
