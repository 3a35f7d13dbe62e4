import { chmod, link, readdir, readFile, stat } from "node:fs/promises";
import { createDeferred } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { failureOf, makeFileTree, openDescriptors } from "./test-support/file-tree.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A stream that gives its chunks and then does as told. */
function streamOf(chunks: readonly string[], then?: (controller: ReadableStreamDefaultController) => void) {
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const chunk = chunks.at(-left);
        left -= 1;
        if (left >= 0 && chunk !== undefined) controller.enqueue(bytes(chunk));
        else if (then !== undefined) then(controller);
        else controller.close();
      },
      cancel: (reason) => {
        cancelled = reason ?? "no reason";
      },
    },
    { highWaterMark: 0 },
  );
  let left = chunks.length;
  return { stream, cancelled: () => cancelled };
}

describe("a write", () => {
  test("makes a file, tells what it is now, and leaves nothing else", async () => {
    await using tree = await makeFileTree();
    const facts = await tree.files.write(tree.uri("new"), streamOf(["a", "", "bc"]).stream);
    expect(facts).toMatchObject({ uri: tree.uri("new"), kind: "file", sizeBytes: 3 });
    expect(facts).toEqual(await tree.files.stat(tree.uri("new")));
    expect(await readdir(tree.root)).toEqual(["new"]);
    expect(await tree.text("new")).toBe("abc");
    expect(await openDescriptors()).toEqual([]);
  });

  test("keeps the mode of what it replaces, and gives a new file the one that was asked for", async () => {
    await using tree = await makeFileTree();
    await tree.put("script");
    await chmod(tree.path("script"), 0o751);
    await tree.files.write(tree.uri("script"), bytes("x"), { mode: 0o600 });
    expect((await stat(tree.path("script"))).mode & 0o7777).toBe(0o751);
    await tree.files.write(tree.uri("secret"), bytes("x"), { mode: 0o600 });
    expect((await stat(tree.path("secret"))).mode & 0o7777).toBe(0o600);
    await tree.files.write(tree.uri("plain"), bytes("x"));
    expect((await stat(tree.path("plain"))).mode & 0o7777).toBe(0o666 & ~process.umask());
  });

  test("is never readable for others than those it is meant for, not even while it is written", async () => {
    await using tree = await makeFileTree();
    const modes: number[] = [];
    // It asks for more once it has written what it got.
    const { stream } = streamOf(["secret", "more"], (controller) => {
      void readdir(tree.root)
        .then(([temporary = ""]) => stat(tree.path(temporary)))
        .then(({ mode }) => {
          modes.push(mode & 0o777);
          controller.close();
        });
    });
    await tree.files.write(tree.uri("key"), stream, { mode: 0o600 });
    expect(modes).toEqual([0o600]);
    expect((await stat(tree.path("key"))).mode & 0o777).toBe(0o600);
  });

  test("through a link lands where a read through it looks, also behind another link", async () => {
    await using tree = await makeFileTree();
    await tree.put("deep/sub/x", "deep/conf");
    await tree.link("short", "deep/sub");
    await tree.link("link", "short/../conf");
    await tree.files.write(tree.uri("link"), bytes("new"));
    expect(await tree.text("deep/conf")).toBe("new");
    expect((await readdir(tree.root)).toSorted()).toEqual(["deep", "link", "short"]);
    await tree.link("up", "deep/sub/..");
    expect(await failureOf(tree.files.write(tree.uri("up"), bytes("x")))).toMatchObject({
      reason: "is_a_directory",
    });
  });

  test("is seen whole or not at all, however slowly its content comes", async () => {
    await using tree = await makeFileTree();
    await tree.put("file");
    const more = createDeferred<void>();
    const { stream } = streamOf(["half"], (controller) => {
      void more.promise.then(() => {
        controller.enqueue(bytes("+half"));
        controller.close();
      });
    });
    const writing = tree.files.write(tree.uri("file"), stream);
    await expect.poll(() => readdir(tree.root)).toHaveLength(2);
    expect(await tree.text("file")).toBe("file");
    more.resolve();
    await writing;
    expect(await tree.text("file")).toBe("half+half");
    expect(await readdir(tree.root)).toEqual(["file"]);
  });

  test("replaces the name, and not what else leads to the old content", async () => {
    await using tree = await makeFileTree();
    await tree.put("one");
    await link(tree.path("one"), tree.path("two"));
    await tree.files.write(tree.uri("one"), bytes("new"));
    expect(await readFile(tree.path("two"), "utf8")).toBe("one");
  });

  test.each([
    ["content that fails", { code: "usage", reason: "argument_invalid", effect: "none" }, false],
    ["an abort amid it", { code: "canceled", effect: "none" }, true],
  ])("leaves what was there after %s", async (_, expected, aborts) => {
    await using tree = await makeFileTree();
    await tree.put("file");
    const stop = new AbortController();
    const reached = createDeferred<void>();
    const { stream, cancelled } = streamOf(["half"], (controller) => {
      reached.resolve();
      if (!aborts) controller.error(new Error("the source broke"));
    });
    const failing = failureOf(tree.files.write(tree.uri("file"), stream, { signal: stop.signal }));
    await reached.promise;
    if (aborts) stop.abort();
    expect(await failing).toMatchObject(expected);
    expect(cancelled() !== undefined).toBe(aborts);
    expect(await tree.text("file")).toBe("file");
    expect(await readdir(tree.root)).toEqual(["file"]);
    expect(await openDescriptors()).toEqual([]);
  });

  test("that is refused lets go of its content", async () => {
    await using tree = await makeFileTree();
    for (const uri of [tree.uri("../outside/x"), "file:///C:/x", tree.uri("missing/x")]) {
      const { stream, cancelled } = streamOf(["x"]);
      await failureOf(tree.files.write(uri, stream));
      expect(cancelled(), uri).toBeDefined();
    }
  });

  test("with createOnly takes no name that is taken, be it by a link that leads nowhere", async () => {
    await using tree = await makeFileTree();
    await tree.put("file");
    await tree.link("dangling", "missing");
    for (const name of ["file", "dangling"]) {
      const failure = await failureOf(tree.files.write(tree.uri(name), bytes("x"), { createOnly: true }));
      expect(failure).toMatchObject({ code: "already_exists", reason: "file_exists", effect: "none" });
    }
    expect((await readdir(tree.root)).toSorted()).toEqual(["dangling", "file"]);
    expect(await tree.text("file")).toBe("file");
  });

  test("with createOnly is won by one of many", async () => {
    await using tree = await makeFileTree();
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        tree.files.write(tree.uri("one"), bytes(`${index}`), { createOnly: true }),
      ),
    );
    const winner = all.findIndex(({ status }) => status === "fulfilled");
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await tree.text("one")).toBe(`${winner}`);
    expect(await readdir(tree.root)).toEqual(["one"]);
  });

  test("with a version goes through only where nobody wrote meanwhile", async () => {
    await using tree = await makeFileTree();
    const first = await tree.files.write(tree.uri("file"), bytes("1"));
    const second = await tree.files.write(tree.uri("file"), bytes("2"), { ifVersion: first.version });
    expect(second.version).not.toBe(first.version);
    const stale = { code: "already_exists", reason: "file_changed", effect: "none" };
    const refused = tree.files.write(tree.uri("file"), bytes("3"), { ifVersion: first.version });
    expect(await failureOf(refused)).toMatchObject(stale);
    await tree.files.remove(tree.uri("file"));
    const gone = tree.files.write(tree.uri("file"), bytes("3"), { ifVersion: second.version });
    expect(await failureOf(gone)).toMatchObject(stale);
    expect(await readdir(tree.root)).toEqual([]);
  });

  test("that loses to another one while its content comes says so", async () => {
    await using tree = await makeFileTree();
    const { version } = await tree.files.write(tree.uri("file"), bytes("1"));
    const { stream } = streamOf(["mine"], (controller) => {
      void tree.files.write(tree.uri("file"), bytes("theirs")).then(() => controller.close());
    });
    const failure = await failureOf(tree.files.write(tree.uri("file"), stream, { ifVersion: version }));
    expect(failure).toMatchObject({ reason: "file_changed", effect: "none" });
    expect(await tree.text("file")).toBe("theirs");
    expect(await readdir(tree.root)).toEqual(["file"]);
  });

  test("makes the folders above it where it may", async () => {
    await using tree = await makeFileTree();
    const uri = tree.uri("a/b/c/file");
    expect(await failureOf(tree.files.write(uri, bytes("x")))).toMatchObject({ reason: "file_unknown" });
    await tree.files.write(uri, bytes("x"), { makeFolders: true });
    expect(await tree.text("a/b/c/file")).toBe("x");
    const behindFile = tree.files.write(tree.uri("a/b/c/file/d"), bytes("x"), { makeFolders: true });
    expect(await failureOf(behindFile)).toMatchObject({ reason: "not_a_directory" });
  });
});

test("no file is written in place of a folder", async () => {
  await using tree = await makeFileTree();
  await tree.put("folder/file");
  const failure = await failureOf(tree.files.write(tree.uri("folder"), bytes("x")));
  expect(failure).toMatchObject({ code: "usage", reason: "is_a_directory", effect: "none" });
});
