import { mkdir, rename, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FileEvent, FileWatch } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { type FileTree, failureOf, makeFileTree } from "../test-support/file-tree.js";

/** The next event, as its type and the name that it is about. */
async function next(watch: FileWatch): Promise<string> {
  const { done, value } = await watch[Symbol.asyncIterator]().next();
  return done === true ? "end" : `${value.type} ${value.uri.split("/").at(-1)}`;
}

async function watching(tree: FileTree, name: string): Promise<FileWatch> {
  return tree.files.watch(tree.uri(name));
}

describe("a watched folder", () => {
  test("tells what comes, changes and goes, each once", async () => {
    await using tree = await makeFileTree();
    await tree.put("old");
    await using watch = await watching(tree, "");
    await writeFile(tree.path("new"), "1");
    expect(await next(watch)).toBe("created new");
    await writeFile(tree.path("new"), "2");
    expect(await next(watch)).toBe("changed new");
    await unlink(tree.path("old"));
    expect(await next(watch)).toBe("removed old");
    await mkdir(tree.path("sub"));
    expect(await next(watch)).toBe("created sub");
    await rename(tree.path("new"), tree.path("newer"));
    expect([await next(watch), await next(watch)].toSorted()).toEqual(["created newer", "removed new"]);
  });

  test("tells a file that was written whole as changed or created, and nothing of how", async () => {
    await using tree = await makeFileTree();
    await tree.put("file");
    await using watch = await watching(tree, "");
    await tree.files.write(tree.uri("file"), Buffer.from("x"));
    expect(await next(watch)).toBe("changed file");
    await tree.files.write(tree.uri("made"), Buffer.from("x"), { createOnly: true });
    expect(await next(watch)).toBe("created made");
  });

  test("says nothing about what lies deeper", async () => {
    await using tree = await makeFileTree();
    await tree.put("sub/file");
    await using watch = await watching(tree, "");
    await writeFile(tree.path("sub/file"), "changed");
    await writeFile(tree.path("after"), "");
    expect(await next(watch)).toBe("created after");
  });

  test.each([
    ["removed", async (tree: FileTree) => rm(tree.path("sub"), { recursive: true })],
    ["moved away", async (tree: FileTree) => rename(tree.path("sub"), tree.path("elsewhere"))],
  ])("that is %s is the end", async (_, leave) => {
    await using tree = await makeFileTree();
    await mkdir(tree.path("sub"));
    await using watch = await watching(tree, "sub");
    await leave(tree);
    expect(await next(watch)).toBe("removed sub");
    expect(await next(watch)).toBe("end");
  });

  test("with more events than anybody reads tells that some are missing, and goes on", async () => {
    await using tree = await makeFileTree();
    await mkdir(tree.path("many"));
    await using watch = await watching(tree, "many");
    for (let index = 0; index < 2_500; index += 1) await writeFile(tree.path(`many/${index}`), "");
    await writeFile(tree.path("many/last"), "");
    const seen: string[] = [];
    do seen.push(await next(watch));
    while (seen.at(-1) !== "created last");
    expect(seen).toContain("overflow many");
    expect(seen.length).toBeLessThan(2_501);
  });
});

describe("a watched file", () => {
  test("is told about though it is replaced, removed, and comes back", async () => {
    await using tree = await makeFileTree();
    await tree.put("file", "other");
    await using watch = await watching(tree, "file");
    await writeFile(tree.path("other"), "x");
    await tree.files.write(tree.uri("file"), Buffer.from("new"));
    expect(await next(watch)).toBe("changed file");
    await unlink(tree.path("file"));
    expect(await next(watch)).toBe("removed file");
    await writeFile(tree.path("file"), "");
    expect(await next(watch)).toBe("created file");
    await utimes(tree.path("file"), 1, 1);
    expect(await next(watch)).toBe("changed file");
  });

  test("behind a link is told as where it really is", async () => {
    await using tree = await makeFileTree();
    await tree.put("real/file");
    await tree.link("link", "real/file");
    await using watch = await watching(tree, "link");
    await writeFile(tree.path("real/file"), "x");
    const { value } = await watch[Symbol.asyncIterator]().next();
    expect((value as FileEvent).uri).toBe(tree.uri("real/file"));
  });
});

test("a watch ends when it is closed or left, and fails when it is aborted", async () => {
  await using tree = await makeFileTree();
  const closed = await watching(tree, "");
  const waiting = next(closed);
  await closed.close();
  await closed.close();
  expect(await waiting).toBe("end");
  const left = await watching(tree, "");
  await writeFile(tree.path("x"), "");
  for await (const event of left) {
    expect(event.type).toBe("created");
    break;
  }
  expect(await next(left)).toBe("end");
  const stop = new AbortController();
  const aborted = await tree.files.watch(tree.uri(""), { signal: stop.signal });
  stop.abort();
  expect(await failureOf(next(aborted))).toMatchObject({ code: "canceled", effect: "none" });
  expect(await failureOf(tree.files.watch(tree.uri(""), { signal: stop.signal }))).toMatchObject({
    code: "canceled",
  });
  expect(await failureOf(tree.files.watch(tree.uri("missing")))).toMatchObject({ reason: "file_unknown" });
  expect(watchHandles()).toBe(0);
  await rm(join(tree.root, "x"));
});

/** What Node itself counts as watches that are open. */
function watchHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "FSEvent").length;
}
