import { mkdir, rename, rm, unlink, writeFile } from "node:fs/promises";
import type { FileEvent, FileWatch, SearchUpdate } from "@fairlead/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type FarFiles, openBelow, startFarFiles, waitUntilClosed } from "./support/far-files.js";

const folderCount = 1_500;

describe.each(["unix", "tcp"] as const)("over %s", (transport) => {
  const stack = createDisposeStack();
  let far: FarFiles;
  beforeAll(async () => {
    far = stack.use(await startFarFiles({ transport }));
    for (let index = 0; index < folderCount; index += 1) {
      await mkdir(far.path(`tree/${index % 40}/${index}`), { recursive: true });
      await writeFile(far.path(`tree/${index % 40}/${index}/file-${index}.ts`), "");
    }
    await writeFile(far.path("tree/.gitignore"), "/7/\n");
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const search = (query: string, signal?: AbortSignal, limit?: number): AsyncIterator<SearchUpdate> =>
    far.files.search(far.uri("tree"), { query, signal, limit })[Symbol.asyncIterator]();

  test("a search finds the best, honours .gitignore, and comes to its end", async () => {
    let last: SearchUpdate | undefined;
    for await (const update of far.files.search(far.uri("tree"), { query: "file1234" })) last = update;
    const [best] = last?.matches ?? [];
    expect(best).toMatchObject({ path: "34/1234/file-1234.ts", uri: far.uri("tree/34/1234/file-1234.ts") });
    expect(best?.positions.map((at) => best.path.charAt(at)).join("")).toBe("file1234");
    expect(last).toMatchObject({ isDone: true, isTruncated: false, skippedCount: 0 });
    for await (const update of far.files.search(far.uri("tree"), { query: "file-1007" })) last = update;
    expect(last?.matches).toEqual([]);
    const all = { query: "file-1007", includeIgnored: true };
    for await (const update of far.files.search(far.uri("tree"), all)) last = update;
    expect(last?.matches.map(({ path }) => path)).toEqual(["7/1007/file-1007.ts"]);
  });

  test("many matches come whole", async () => {
    let last: SearchUpdate | undefined;
    for await (const update of far.files.search(far.uri("tree"), { query: "file", limit: 1_000 }))
      last = update;
    expect(last?.matches).toHaveLength(1_000);
    expect(new Set(last?.matches.map(({ path }) => path)).size).toBe(1_000);
  });

  test("a search tells what it has while it goes on, and an abort frees its walker", async () => {
    const stop = new AbortController();
    const running = search("file", stop.signal);
    const first = await running.next();
    expect(first.value).toMatchObject({ isDone: false });
    expect((await openBelow(far.path("tree"))).length).toBeGreaterThan(0);
    const next = failureOf(Promise.resolve(running.next()));
    stop.abort();
    expect(await next).toMatchObject({ code: "canceled", effect: "none" });
    await waitUntilClosed(far.root);
  });

  test("leaving the loop frees its walker", async () => {
    const running = search("file");
    await running.next();
    await running.return?.();
    await waitUntilClosed(far.root);
    expect((await running.next()).done).toBe(true);
  });

  test("twenty searches that are given up one after the other leave nothing", async () => {
    for (const query of ["f", "fi", "fil", "file", "file-"].flatMap((text) => [text, text, text, text])) {
      const stop = new AbortController();
      const update = Promise.resolve(search(query, stop.signal).next()).catch(() => undefined);
      stop.abort();
      await update;
    }
    await waitUntilClosed(far.root);
    for await (const { isTruncated } of far.files.search(far.uri("tree"), { query: "" }))
      expect(isTruncated).toBe(false);
  });

  test("a search that cannot be made is refused before anything is sent", async () => {
    const refused = failureOf(Promise.resolve(search("x".repeat(257)).next()));
    expect(await refused).toMatchObject({ code: "usage", reason: "argument_invalid", effect: "none" });
  });

  const next = async (watch: FileWatch): Promise<string> => {
    const { done, value } = await watch[Symbol.asyncIterator]().next();
    return done === true ? "end" : `${value.type} ${value.uri.split("/").at(-1)}`;
  };

  test("a watch tells what happens from the moment it is there", async () => {
    await mkdir(far.path("watched"));
    const watch = await far.files.watch(far.uri("watched"));
    await writeFile(far.path("watched/new"), "");
    expect(await next(watch)).toBe("created new");
    await far.files.write(far.uri("watched/new"), Buffer.from("x"));
    expect(await next(watch)).toBe("changed new");
    await unlink(far.path("watched/new"));
    expect(await next(watch)).toBe("removed new");
    await rename(far.path("watched"), far.path("moved"));
    expect(await next(watch)).toBe("removed watched");
    expect(await next(watch)).toBe("end");
    await rm(far.path("moved"), { recursive: true });
  });

  test("a watch whose reader is slow tells that events are missing, and ends when it is left", async () => {
    await mkdir(far.path("busy"));
    const watch = await far.files.watch(far.uri("busy"));
    for (let index = 0; index < 4_000; index += 1) await writeFile(far.path(`busy/${index}`), "");
    await writeFile(far.path("busy/last"), "");
    const seen: string[] = [];
    for await (const event of watch) {
      seen.push(describeEvent(event));
      if (seen.at(-1) === "created last") break;
    }
    expect(seen).toContain("overflow busy");
    expect(await next(watch)).toBe("end");
    await rm(far.path("busy"), { recursive: true });
  });

  test("a watch that is aborted fails, and one of nothing is refused", async () => {
    const stop = new AbortController();
    const watch = await far.files.watch(far.uri("tree"), { signal: stop.signal });
    const waiting = failureOf(next(watch));
    stop.abort();
    expect(await waiting).toMatchObject({ code: "canceled" });
    await watch.close();
    expect(await failureOf(far.files.watch(far.uri("missing")))).toMatchObject({ reason: "file_unknown" });
    await expect.poll(watchHandles).toBe(0);
  });
});

function describeEvent({ type, uri }: FileEvent): string {
  return `${type} ${uri.split("/").at(-1)}`;
}

/** What Node itself counts as watches that are open in this process, where the executor is too. */
function watchHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "FSEvent").length;
}
