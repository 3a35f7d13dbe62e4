import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type FairleadError, readBytes } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createFiles, defaultFileRoots } from "./create-files.js";
import { failureOf, makeFileTree, openDescriptors } from "./test-support/file-tree.js";

describe("the roots", () => {
  test("are those that exist, as they really are, and may come later", async () => {
    await using tree = await makeFileTree();
    await mkdir(tree.path("a"));
    await tree.link("link", "a");
    const files = createFiles({ roots: [tree.uri("link"), tree.uri("a"), tree.uri("later")] });
    expect(await files.roots()).toEqual([tree.uri("a")]);
    expect(await failureOf(files.stat(tree.uri("later")))).toMatchObject({ reason: "policy_denied" });
    await mkdir(tree.path("later"));
    expect(await files.roots()).toEqual([tree.uri("a"), tree.uri("later")]);
    expect(await files.stat(tree.uri("later"))).toMatchObject({ kind: "directory" });
  });

  test("may be written with a slash at their end", async () => {
    await using tree = await makeFileTree();
    const files = createFiles({ roots: [`${tree.uri("")}/`] });
    expect(await files.roots()).toEqual([tree.uri("")]);
    expect(await files.stat(`${tree.uri("")}/`)).toMatchObject({ kind: "directory" });
  });

  test("are never the whole machine unless somebody says so", () => {
    expect(defaultFileRoots()).not.toContain("file:///");
    expect(defaultFileRoots(["/", ""])).toEqual([]);
    expect(defaultFileRoots(["/home/x", "/"])).toEqual(["file:///home/x"]);
    expect(() => createFiles({ roots: ["C:\\x"] })).toThrow(/path/);
  });

  test.each([
    ["as a folder", ["file:///"]],
    ["in a word", "everything"],
  ] as const)("may be the whole machine where somebody says so %s", async (_, roots) => {
    await using tree = await makeFileTree();
    const files = createFiles({ roots });
    expect(await files.stat(tree.uri(""))).toMatchObject({ kind: "directory" });
    expect(await failureOf(files.write("file:///", Buffer.from("")))).toMatchObject({
      reason: "is_a_directory",
    });
    expect(await failureOf(files.remove("file:///", { recursive: true }))).toMatchObject({ effect: "none" });
  });

  test("none means none", async () => {
    await using tree = await makeFileTree();
    const files = createFiles({ roots: [] });
    expect(await files.roots()).toEqual([]);
    expect(await failureOf(files.stat(tree.uri("")))).toMatchObject({
      reason: "policy_denied",
      message: expect.stringContaining("Unless it was given others, an executor opens the home folder"),
    });
  });
});

describe("reading", () => {
  const range = async (offsetBytes: number, lengthBytes?: number): Promise<string> => {
    await using tree = await makeFileTree();
    await writeFile(tree.path("file"), "0123456789");
    const read = { offsetBytes, lengthBytes, maxBytes: 100 };
    return Buffer.from(await readBytes(tree.files, tree.uri("file"), read)).toString();
  };

  test.each([
    [0, undefined, "0123456789"],
    [3, undefined, "3456789"],
    [3, 4, "3456"],
    [3, 0, ""],
    [9, 5, "9"],
    [10, 5, ""],
    [99, undefined, ""],
    [-3, undefined, "789"],
    [-3, 1, "7"],
    [-99, 2, "01"],
  ])("from %j, %j bytes: %j", async (offsetBytes, lengthBytes, expected) => {
    expect(await range(offsetBytes, lengthBytes)).toBe(expected);
  });

  test.each([
    [0.5, 1],
    [0, -1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ])("from %j, %j bytes is refused", async (offsetBytes, lengthBytes) => {
    expect(await failureOf(range(offsetBytes, lengthBytes))).toMatchObject({
      code: "usage",
      reason: "argument_invalid",
    });
  });

  test("more than the caller has room for is told as such, and lets go of the file", async () => {
    await using tree = await makeFileTree();
    await writeFile(tree.path("file"), Buffer.alloc(1_000_000));
    const failure = await failureOf(readBytes(tree.files, tree.uri("file"), { maxBytes: 999_999 }));
    expect(failure).toMatchObject({ code: "resource_exhausted", reason: "file_too_large", effect: "none" });
    expect(await openDescriptors()).toEqual([]);
  });

  test("a body that is cancelled, aborted or read to its end lets go of the file", async () => {
    await using tree = await makeFileTree();
    await writeFile(tree.path("file"), Buffer.alloc(1_000_000));
    const stop = new AbortController();
    const [one, other, third] = await Promise.all([
      tree.files.read(tree.uri("file")),
      tree.files.read(tree.uri("file"), { signal: stop.signal }),
      tree.files.read(tree.uri("file")),
    ]);
    expect(await openDescriptors()).toHaveLength(3);
    await one.body.cancel();
    const reader = other.body.getReader();
    await reader.read();
    stop.abort();
    expect(await failureOf(reader.read())).toMatchObject({ code: "canceled", effect: "none" });
    expect((await new Response(third.body).arrayBuffer()).byteLength).toBe(1_000_000);
    await expect.poll(openDescriptors).toEqual([]);
  });

  test("a file that is cut short meanwhile ends early", async () => {
    await using tree = await makeFileTree();
    await writeFile(tree.path("file"), Buffer.alloc(1_000_000));
    const { file, body } = await tree.files.read(tree.uri("file"));
    const reader = body.getReader();
    const first = await reader.read();
    await writeFile(tree.path("file"), "");
    expect((await reader.read()).done).toBe(true);
    expect(file.sizeBytes).toBe(1_000_000);
    expect(first.value?.length).toBeLessThanOrEqual(1024 * 1024);
  });

  test("a folder, and what is neither file nor folder, is told as what it is", async () => {
    await using tree = await makeFileTree();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(tree.path("socket"), resolve));
    expect(await tree.files.stat(tree.uri("socket"))).toMatchObject({ kind: "other" });
    const notAFile = { code: "usage", reason: "not_a_file", effect: "none" };
    expect(await failureOf(tree.files.read(tree.uri("socket")))).toMatchObject(notAFile);
    expect(await failureOf(tree.files.write(tree.uri("socket"), Buffer.from("")))).toMatchObject(notAFile);
    expect(await failureOf(tree.files.read(tree.uri("")))).toMatchObject({ reason: "is_a_directory" });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("listing", () => {
  test("tells kinds, and sizes and times where asked", async () => {
    await using tree = await makeFileTree();
    await tree.put("b/x", "a");
    await utimes(tree.path("a"), 1_000, 2_000.5);
    await tree.link("c", "nowhere");
    expect((await tree.files.list(tree.uri(""))).entries).toEqual([
      { name: "a", uri: tree.uri("a"), kind: "file" },
      { name: "b", uri: tree.uri("b"), kind: "directory" },
      { name: "c", uri: tree.uri("c"), kind: "link" },
    ]);
    const { entries } = await tree.files.list(tree.uri(""), { details: true });
    expect(entries[0]).toEqual({
      name: "a",
      uri: tree.uri("a"),
      kind: "file",
      sizeBytes: 1,
      modifiedAtMs: 2_000_500,
    });
  });

  test("stops at its limit and says so", async () => {
    await using tree = await makeFileTree();
    await tree.put("a", "b", "c");
    expect(await tree.files.list(tree.uri(""), { limit: 2 })).toMatchObject({ isTruncated: true });
    expect(await tree.files.list(tree.uri(""), { limit: 3 })).toMatchObject({ isTruncated: false });
    expect(await failureOf(tree.files.list(tree.uri(""), { limit: 0 }))).toMatchObject({ code: "usage" });
    expect(await failureOf(tree.files.list(tree.uri("a")))).toMatchObject({ reason: "not_a_directory" });
    expect(await openDescriptors()).toEqual([]);
  });
});

describe("removing", () => {
  test("takes a file or an empty folder, and more only where asked", async () => {
    await using tree = await makeFileTree();
    await tree.put("file", "full/a/b/c", "full/d");
    await mkdir(tree.path("empty"));
    await tree.files.remove(tree.uri("file"));
    await tree.files.remove(tree.uri("empty"));
    const refused = { code: "usage", reason: "directory_not_empty", effect: "none" };
    expect(await failureOf(tree.files.remove(tree.uri("full")))).toMatchObject(refused);
    await tree.files.remove(tree.uri("full"), { recursive: true });
    expect(await readdir(tree.root)).toEqual([]);
    expect(await failureOf(tree.files.remove(tree.uri("file")))).toMatchObject({
      code: "not_found",
      reason: "file_unknown",
      effect: "none",
    });
    expect(await openDescriptors()).toEqual([]);
  });

  test("takes a tree that is deeper than a path can be long, up to a limit", async () => {
    await using tree = await makeFileTree();
    let deepest = tree.path("deep");
    await mkdir(join(deepest, "n".repeat(40).concat("/n").repeat(20)), { recursive: true });
    deepest = tree.path(`flat/${"d/".repeat(300)}`);
    await mkdir(deepest, { recursive: true });
    await tree.files.remove(tree.uri("deep"), { recursive: true });
    await tree.files.remove(tree.uri("flat"), { recursive: true });
    expect(await readdir(tree.root)).toEqual([]);
    await mkdir(tree.path(`abyss/${"d/".repeat(600)}`), { recursive: true });
    const failure: FairleadError = await failureOf(tree.files.remove(tree.uri("abyss"), { recursive: true }));
    expect(failure).toMatchObject({ code: "resource_exhausted", reason: "limit_reached" });
    await rm(tree.path("abyss"), { recursive: true });
  });

  test("that is aborted tells that something may be gone", async () => {
    await using tree = await makeFileTree();
    await tree.put(...Array.from({ length: 500 }, (_, index) => `many/${index}`));
    const stop = new AbortController();
    const removing = failureOf(tree.files.remove(tree.uri("many"), { recursive: true, signal: stop.signal }));
    while ((await readdir(tree.path("many"))).length === 500) await Promise.resolve();
    stop.abort();
    expect(await removing).toMatchObject({ code: "canceled", effect: "unknown" });
  });
});

describe("making a folder", () => {
  test("needs the one above it, unless it may make it", async () => {
    await using tree = await makeFileTree();
    await tree.put("file");
    expect(await failureOf(tree.files.mkdir(tree.uri("a/b")))).toMatchObject({ reason: "file_unknown" });
    expect(await tree.files.mkdir(tree.uri("a/b/c"), { recursive: true })).toMatchObject({
      uri: tree.uri("a/b/c"),
      kind: "directory",
    });
    expect(await tree.files.mkdir(tree.uri("a/b/c"), { recursive: true })).toMatchObject({
      kind: "directory",
    });
    expect(await failureOf(tree.files.mkdir(tree.uri("a")))).toMatchObject({ reason: "file_exists" });
    expect(await failureOf(tree.files.mkdir(tree.uri("file")))).toMatchObject({ reason: "file_exists" });
    expect(await failureOf(tree.files.mkdir(tree.uri("file"), { recursive: true }))).toMatchObject({
      reason: "not_a_directory",
    });
    expect(await tree.files.mkdir(tree.uri("plain"))).toMatchObject({ kind: "directory" });
    expect(await failureOf(tree.files.mkdir(tree.uri("")))).toMatchObject({ effect: "none" });
  });

  test("that fails half way tells that something was made", async () => {
    await using tree = await makeFileTree();
    const failure = failureOf(tree.files.mkdir(tree.uri(`a/b/${"n".repeat(256)}`), { recursive: true }));
    expect(await failure).toMatchObject({ reason: "name_too_long", effect: "unknown" });
    expect(await tree.files.stat(tree.uri("a/b"))).toMatchObject({ kind: "directory" });
  });

  test("at once by many is fine", async () => {
    await using tree = await makeFileTree();
    await Promise.all(
      Array.from({ length: 20 }, () => tree.files.mkdir(tree.uri("a/b/c/d"), { recursive: true })),
    );
    expect(await openDescriptors()).toEqual([]);
  });
});

test("nothing is said of where a root lies", async () => {
  await using tree = await makeFileTree();
  const failure = await failureOf(tree.files.stat(tree.uri("../outside")));
  expect(failure.message).not.toContain(`${dirname(tree.root)}/root`);
});
