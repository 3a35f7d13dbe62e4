import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { checkSearchOptions, type SearchOptions, type SearchUpdate } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { type FileTree, failureOf, makeFileTree, openDescriptors } from "../test-support/file-tree.js";

/** The last update of a search. */
async function search(
  tree: FileTree,
  name: string,
  options: Partial<SearchOptions> = {},
): Promise<SearchUpdate> {
  let last: SearchUpdate | undefined;
  for await (const update of tree.files.search(tree.uri(name), { query: "", ...options })) last = update;
  if (last?.isDone !== true) throw new Error("The search did not come to its end");
  return last;
}

async function paths(tree: FileTree, name: string, options: Partial<SearchOptions> = {}): Promise<string[]> {
  return (await search(tree, name, options)).matches.map(({ path }) => path).toSorted();
}

/** A tree of folders that takes a while to walk; made at once, because a busy machine needs long for many small steps. */
function makeLarge(tree: FileTree, folders: number): void {
  for (let index = 0; index < folders; index += 1) {
    mkdirSync(tree.path(`f${index}`));
    writeFileSync(tree.path(`f${index}/file`), "");
  }
}

describe("a search", () => {
  test("is not held up by a repository of nothing but ignore files", async () => {
    await using tree = await makeFileTree();
    const hostile = `*.log\n${`*${"a".repeat(48)}b\n`.repeat(10_000)}`;
    const folders = Array.from({ length: 12 }, (_, depth) => "d/".repeat(depth));
    await tree.put(`${folders.at(-1)}${"a".repeat(250)}`, `${folders.at(-1)}x.log`);
    for (const folder of folders) await writeFile(tree.path(`${folder}.gitignore`), hostile);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    expect(await paths(tree, "", { query: "aaa" })).toEqual([`${folders.at(-1)}${"a".repeat(250)}`]);
    expect(await paths(tree, "", { query: "x.log" })).toEqual([]);
    delays.disable();
    expect(delays.max / 1e6).toBeLessThan(1_000);
  });

  test("finds files at any depth, the best first, with their places", async () => {
    await using tree = await makeFileTree();
    await tree.put("src/main.ts", "src/domain/x.ts", "docs/a.md", "m/a/i/n");
    const { matches, scannedCount } = await search(tree, "", { query: "main" });
    expect(matches.map(({ path }) => path)).toEqual(["src/main.ts", "m/a/i/n", "src/domain/x.ts"]);
    expect(matches[0]).toMatchObject({ uri: tree.uri("src/main.ts"), kind: "file", positions: [4, 5, 6, 7] });
    expect(scannedCount).toBe(10);
  });

  test("gives no more than asked for, and the best of all", async () => {
    await using tree = await makeFileTree();
    await tree.put(
      "a/b/c/d/needle",
      "needle",
      ...Array.from({ length: 50 }, (_, index) => `n${index}/e/edle`),
    );
    expect(await paths(tree, "", { query: "needle", limit: 2 })).toEqual(["a/b/c/d/needle", "needle"]);
  });

  test("finds links and does not follow them", async () => {
    await using tree = await makeFileTree();
    await tree.put("real/file");
    await tree.link("real/circle", "..");
    await tree.link("out", tree.outside);
    await writeFile(join(tree.outside, "secret"), "");
    expect(await paths(tree, "")).toEqual(["out", "real/circle", "real/file"]);
  });

  test("stops at the entry limit and says so", async () => {
    await using tree = await makeFileTree();
    await tree.put(...Array.from({ length: 30 }, (_, index) => `x${index}/y`));
    const { scannedCount, isTruncated } = await search(tree, "", { entryLimit: 10 });
    expect(isTruncated).toBe(true);
    expect(scannedCount).toBe(10);
  });

  test("of a file, or of nothing, is refused", async () => {
    await using tree = await makeFileTree();
    await tree.put("file");
    expect(await failureOf(search(tree, "file"))).toMatchObject({ reason: "not_a_directory" });
    expect(await failureOf(search(tree, "missing"))).toMatchObject({ reason: "file_unknown" });
  });

  test("ends soon when it is aborted, and holds nothing any more", async () => {
    await using tree = await makeFileTree();
    makeLarge(tree, 1_000);
    const stop = new AbortController();
    const updates = tree.files.search(tree.uri(""), { query: "", signal: stop.signal });
    const running = updates[Symbol.asyncIterator]();
    await running.next();
    const next = failureOf(running.next());
    stop.abort();
    expect(await next).toMatchObject({ code: "canceled", effect: "none" });
    expect(await openDescriptors()).toEqual([]);
    expect(await failureOf(search(tree, "", { signal: stop.signal }))).toMatchObject({ code: "canceled" });
  });

  test("ends with the loop over it", async () => {
    await using tree = await makeFileTree();
    makeLarge(tree, 1_000);
    for await (const update of tree.files.search(tree.uri(""), { query: "" })) {
      expect(update.isDone).toBe(false);
      break;
    }
    expect(await openDescriptors()).toEqual([]);
  });

  test("goes on while its reader is busy, and then tells all of it at once", async () => {
    await using tree = await makeFileTree();
    makeLarge(tree, 300);
    const updates = tree.files.search(tree.uri(""), { query: "file", limit: 1_000 });
    const running = updates[Symbol.asyncIterator]();
    await running.next();
    // Between two folders it may hold none for a moment; for so long only when it is done.
    let looksAlone = 0;
    await expect
      .poll(
        async () => {
          const isAlone = (await openDescriptors()).join() === tree.root;
          looksAlone = isAlone ? looksAlone + 1 : 0;
          return looksAlone;
        },
        { timeout: 10_000, interval: 10 },
      )
      .toBe(20);
    const { value } = await running.next();
    expect(value).toMatchObject({ isDone: true, scannedCount: 600 });
    expect((value as SearchUpdate).matches).toHaveLength(300);
    await running.next();
  });

  test.each([
    { query: "x".repeat(257) },
    { query: "", limit: 0 },
    { query: "", limit: 1.5 },
    { query: "", limit: Number.NaN },
    { query: "", entryLimit: -1 },
  ])("that makes no sense is refused: %j", (options) => {
    expect(() => checkSearchOptions(options)).toThrow(/search/);
  });
});

describe("what is left out", () => {
  async function makeRepository(tree: FileTree): Promise<void> {
    await tree.put(
      "kept",
      "built/out",
      "a.log",
      "important.log",
      "sub/b.log",
      "sub/own",
      "sub/deep/own",
      ".git/config",
    );
    await writeFile(tree.path(".gitignore"), "built/\n*.log\n!important.log\n");
    await writeFile(tree.path("sub/.gitignore"), "/own\n!b.log\n");
  }
  const everything = [
    ".gitignore",
    "a.log",
    "built/out",
    "important.log",
    "kept",
    "sub/.gitignore",
    "sub/b.log",
    "sub/deep/own",
    "sub/own",
  ];

  test("is what .gitignore files say, the deeper one last", async () => {
    await using tree = await makeFileTree();
    await makeRepository(tree);
    expect(await paths(tree, "")).toEqual([
      ".gitignore",
      "important.log",
      "kept",
      "sub/.gitignore",
      "sub/b.log",
      "sub/deep/own",
    ]);
  });

  test("is found where that is asked for, except .git", async () => {
    await using tree = await makeFileTree();
    await makeRepository(tree);
    expect(await paths(tree, "", { includeIgnored: true })).toEqual(everything);
  });

  test("is the same where the search begins below", async () => {
    await using tree = await makeFileTree();
    await makeRepository(tree);
    await tree.put("sub/deep/c.log", "sub/deep/built/x");
    expect(await paths(tree, "sub")).toEqual([".gitignore", "b.log", "deep/own"]);
    expect(await paths(tree, "sub/deep")).toEqual(["own"]);
    // Somebody who asks for an ignored folder means it.
    expect(await paths(tree, "built")).toEqual(["out"]);
  });

  test("is what .ignore says, whatever .gitignore says", async () => {
    await using tree = await makeFileTree();
    await makeRepository(tree);
    await writeFile(tree.path(".ignore"), "!a.log\nkept\n");
    expect(await paths(tree, "")).toEqual([
      ".gitignore",
      ".ignore",
      "a.log",
      "important.log",
      "sub/.gitignore",
      "sub/b.log",
      "sub/deep/own",
    ]);
  });

  test("is what the repository's own exclude file says, unless a .gitignore keeps it", async () => {
    await using tree = await makeFileTree();
    await tree.put(".git/x", "a", "b");
    await mkdir(tree.path(".git/info"));
    await writeFile(tree.path(".git/info/exclude"), "a\nb\n");
    await writeFile(tree.path(".gitignore"), "!b\n");
    expect(await paths(tree, "")).toEqual([".gitignore", "b"]);
  });

  test("a repository inside another one has its own rules alone", async () => {
    await using tree = await makeFileTree();
    await tree.put("inner/.git/config", "inner/x.log", "y.log", "inner/sub/z.log");
    await writeFile(tree.path(".gitignore"), "*.log\n");
    expect(await paths(tree, "")).toEqual([".gitignore", "inner/sub/z.log", "inner/x.log"]);
    expect(await paths(tree, "inner/sub")).toEqual(["z.log"]);
  });

  test("is not decided by an ignore file behind a link, nor by one without measure", async () => {
    await using tree = await makeFileTree();
    await tree.put("a", "sub/a");
    await writeFile(join(tree.outside, "rules"), "a\n");
    await tree.link(".gitignore", join(tree.outside, "rules"));
    await writeFile(tree.path("sub/.ignore"), `a\n#${"x".repeat(600_000)}`);
    expect(await paths(tree, "")).toEqual([".gitignore", "a", "sub/.ignore", "sub/a"]);
  });
});
