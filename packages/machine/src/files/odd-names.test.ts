import { mkdir, readdir, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toPathUri } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { failureOf, makeFileTree } from "./test-support/file-tree.js";

const isLinux = process.platform === "linux";

describe.each([
  ["a newline", "two\nlines"],
  ["spaces at both ends", "  x  "],
  ["what a URI gives a meaning", "100%25 #?&=+;:@"],
  ["quotes and control characters", "\"'`\u001b[31m\u0007"],
  ["letters beyond ASCII, composed", "\u00e9"],
  ["letters beyond ASCII, decomposed", "e\u0301"],
  ["characters beyond the first plane", "😀"],
  ["the character that stands for what is no text", "\u{fffd}"],
  ["255 bytes", "n".repeat(255)],
  ["255 bytes in 85 characters", "中".repeat(85)],
  ["a leading dash", "-rf"],
  ["dots", "..."],
])("a name with %s", (_, name) => {
  test("can be written, read, listed, searched, and removed", async () => {
    await using tree = await makeFileTree();
    const uri = tree.uri(name);
    await tree.files.write(uri, Buffer.from("content"), { createOnly: true });
    expect(await readdir(tree.root)).toEqual([name]);
    expect(await tree.text(name)).toBe("content");
    const { entries } = await tree.files.list(tree.uri(""));
    expect(entries).toEqual([{ name, uri, kind: "file" }]);
    for await (const { matches } of tree.files.search(tree.uri(""), { query: "" }))
      expect(matches.map((match) => match.uri)).toEqual([uri]);
    expect((await tree.files.stat(uri)).uri).toBe(uri);
    await tree.files.remove(uri);
    await tree.files.mkdir(uri);
    await tree.files.remove(uri);
    expect(await readdir(tree.root)).toEqual([]);
  });
});

test("two spellings of the same letter are two names", async () => {
  await using tree = await makeFileTree();
  await tree.files.write(tree.uri("\u00e9"), Buffer.from("composed"));
  await tree.files.write(tree.uri("e\u0301"), Buffer.from("decomposed"));
  expect(await tree.text("\u00e9")).toBe(process.platform === "darwin" ? "decomposed" : "composed");
});

test("a name or a path that is too long is told as such", async () => {
  await using tree = await makeFileTree();
  const long = { code: "usage", reason: "name_too_long", effect: "none" };
  expect(await failureOf(tree.files.write(tree.uri("n".repeat(256)), Buffer.from("")))).toMatchObject(long);
  expect(await failureOf(tree.files.stat(tree.uri("n".repeat(256))))).toMatchObject(long);
  expect(
    await failureOf(tree.files.mkdir(tree.uri(`${"n".repeat(200)}/`.repeat(30)), { recursive: true })),
  ).toMatchObject(long);
});

describe.runIf(isLinux)("a name that is no text", () => {
  const raw = Buffer.from([0x61, 0xff, 0x62]);
  const below = (folder: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), raw]);

  test("is listed without a path, skipped by a search, and removed with its folder", async () => {
    await using tree = await makeFileTree();
    await mkdir(tree.path("folder"));
    await writeFile(below(tree.path("folder")), "x");
    await writeFile(tree.path("folder/a\u{fffd}b"), "y");
    const { entries } = await tree.files.list(tree.uri("folder"), { details: true });
    expect(entries.map(({ name, uri, sizeBytes }) => [name, uri === undefined, sizeBytes])).toEqual(
      expect.arrayContaining([
        ["a\u{fffd}b", true, 1],
        ["a\u{fffd}b", false, 1],
      ]),
    );
    for await (const { matches, skippedCount } of tree.files.search(tree.uri(""), { query: "a" })) {
      expect(matches.map(({ path }) => path)).toEqual(["folder/a\u{fffd}b"]);
      expect(skippedCount).toBe(1);
    }
    await tree.files.remove(tree.uri("folder"), { recursive: true });
    expect(await readdir(tree.root)).toEqual([]);
  });

  test("is removed also where it is a folder with more in it", async () => {
    await using tree = await makeFileTree();
    await mkdir(tree.path("folder"));
    await mkdir(below(tree.path("folder")));
    await writeFile(Buffer.concat([below(tree.path("folder")), Buffer.from("/file")]), "x");
    await tree.files.remove(tree.uri("folder"), { recursive: true });
    expect(await readdir(tree.root)).toEqual([]);
  });

  test("cannot be reached through a link: a path could not say where it is", async () => {
    await using tree = await makeFileTree();
    await mkdir(below(tree.root));
    await symlink(below(tree.root), tree.path("link"));
    const failure = await failureOf(tree.files.list(tree.uri("link")));
    expect(failure).toMatchObject({ code: "usage", reason: "path_invalid", effect: "none" });
    await rmdir(below(tree.root));
  });
});

test.runIf(isLinux)("a backslash in a name is a part of it like any other", async () => {
  await using tree = await makeFileTree();
  await writeFile(join(tree.root, "a\\b"), "x");
  const uri = toPathUri(join(tree.root, "a\\b"), "posix");
  expect((await tree.files.list(tree.uri(""))).entries).toEqual([{ name: "a\\b", uri, kind: "file" }]);
  expect(await tree.files.stat(uri)).toMatchObject({ kind: "file", sizeBytes: 1 });
});

test("a path with a NUL is refused before the system sees it", async () => {
  await using tree = await makeFileTree();
  const failure = await failureOf(tree.files.stat(toPathUri(`${tree.root}/a\0b`, "posix")));
  expect(failure).toMatchObject({ code: "usage", reason: "path_invalid", effect: "none" });
});
