import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FairleadError, readBytes } from "@fairlead/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hold, holdByDescriptor, holdByName } from "./held.js";
import { type FileTree, failureOf, makeFileTree, openDescriptors } from "./test-support/file-tree.js";

const refused = { code: "forbidden", reason: "policy_denied", effect: "none" };
const isLinux = process.platform === "linux";
const ways: [string, Hold][] = [["name", holdByName]];
if (isLinux) ways.push(["descriptor", holdByDescriptor]);

/** Everything that can be done with one path. */
function everything({ files }: FileTree, uri: string): Promise<unknown>[] {
  return [
    files.stat(uri),
    files.list(uri),
    files.read(uri),
    files.write(uri, Buffer.from("written")),
    files.write(`${uri}/only`, Buffer.from("written"), { createOnly: true }),
    files.write(`${uri}/below`, Buffer.from("written"), { makeFolders: true }),
    files.remove(`${uri}/inner`, { recursive: true }),
    files.mkdir(`${uri}/made`),
    files.mkdir(`${uri}/made/deep`, { recursive: true }),
    files.search(uri, { query: "x" })[Symbol.asyncIterator]().next(),
    files.watch(uri),
  ];
}

describe.each(ways)("held by %s", (_, hold) => {
  test.each([
    ["a path beside the root", "../outside/secret"],
    ["a path far above the root", "../../../../../../etc/passwd"],
    ["encoded dots", "%2e%2e/outside/secret"],
    ["a folder whose name only begins like the root's", "../rootless"],
    ["a link out", "out"],
    ["a file behind a link out", "out/secret"],
    ["something missing behind a link out", "out/missing/more"],
    ["a relative link out", "relative/secret"],
    ["a link to a link out", "twice/secret"],
    ["a link to something missing outside", "dangling"],
    ["something missing outside", "../outside/missing"],
  ])("nothing can be done with %s", async (_case, name) => {
    await using tree = await makeFileTree(hold);
    await writeFile(join(tree.outside, "secret"), "secret");
    await mkdir(join(tree.root, "..", "rootless"));
    await tree.link("out", tree.outside);
    await tree.link("relative", "../outside");
    await tree.link("twice", "out");
    await tree.link("dangling", join(tree.outside, "nowhere"));
    const root = tree.uri("");
    const failures = await Promise.all(everything(tree, `${root}/${name}`).map(failureOf));
    for (const failure of failures) expect(failure).toMatchObject(refused);
    expect(await readdir(tree.outside)).toEqual(["secret"]);
    expect(await readFile(join(tree.outside, "secret"), "utf8")).toBe("secret");
  });

  test("links that stay inside are followed", async () => {
    await using tree = await makeFileTree(hold);
    await tree.put("real/file");
    await tree.link("folder", "real");
    await tree.link("absolute", tree.path("real/file"));
    await tree.link("later", "real/later");
    expect(await tree.text("folder/file")).toBe("real/file");
    expect(await tree.text("absolute")).toBe("real/file");
    expect((await tree.files.stat(tree.uri("folder/file"))).uri).toBe(tree.uri("real/file"));
    await tree.files.write(tree.uri("absolute"), Buffer.from("new"));
    await tree.files.write(tree.uri("later"), Buffer.from("made"));
    expect(await readFile(tree.path("real/file"), "utf8")).toBe("new");
    expect(await readFile(tree.path("real/later"), "utf8")).toBe("made");
    expect((await tree.files.list(tree.uri(""))).entries.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "absolute link",
      "folder link",
      "later link",
      "real directory",
    ]);
  });

  test("a link in a circle, and one that leads nowhere, are told as what they are", async () => {
    await using tree = await makeFileTree(hold);
    await tree.link("a", "b");
    await tree.link("b", "a");
    await tree.link("nowhere", "missing");
    expect(await failureOf(tree.files.read(tree.uri("a")))).toMatchObject({
      code: "usage",
      reason: "path_invalid",
    });
    expect(await failureOf(tree.files.write(tree.uri("a"), Buffer.from("")))).toMatchObject({
      reason: "path_invalid",
    });
    expect(await tree.files.stat(tree.uri("nowhere"))).toMatchObject({
      kind: "link",
      uri: tree.uri("nowhere"),
    });
    expect(await failureOf(tree.files.read(tree.uri("nowhere")))).toMatchObject({ reason: "file_unknown" });
  });

  test("removing a link leaves what it leads to, also where a folder is removed with everything in it", async () => {
    await using tree = await makeFileTree(hold);
    await writeFile(join(tree.outside, "kept"), "kept");
    await tree.put("folder/file", "aim/kept");
    await tree.link("folder/out", tree.outside);
    await tree.link("folder/in", "../aim");
    await tree.link("alone", tree.outside);
    await tree.files.remove(tree.uri("alone"));
    await tree.files.remove(tree.uri("folder"), { recursive: true });
    expect(await readdir(tree.root)).toEqual(["aim"]);
    expect(await readdir(tree.path("aim"))).toEqual(["kept"]);
    expect(await readdir(tree.outside)).toEqual(["kept"]);
  });

  test("a root cannot be removed or replaced, nor what holds it", async () => {
    await using tree = await makeFileTree(hold);
    const attempts = [
      tree.files.remove(tree.uri(""), { recursive: true }),
      tree.files.remove(tree.uri("/.."), { recursive: true }),
      tree.files.write(tree.uri(""), Buffer.from("")),
    ];
    for (const failure of await Promise.all(attempts.map(failureOf)))
      expect(failure).toMatchObject({ code: "forbidden" });
  });

  test("whatever links there are, nothing outside is read, made or removed", async () => {
    const names = ["a", "b", "c", "d"];
    const target = fc.oneof(
      fc.constantFrom("..", "../outside", "../outside/secret", "/", ".", "../outside/new"),
      fc
        .array(fc.constantFrom(...names, ".."), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join("/")),
    );
    const links = fc.array(fc.tuple(fc.constantFrom(...names), target), { maxLength: 6 });
    const path = fc.array(fc.constantFrom(...names, "..", "secret", "outside"), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(links, path, async (made, parts) => {
        await using tree = await makeFileTree(hold);
        await writeFile(join(tree.outside, "secret"), "secret");
        await tree.put("d/file");
        for (const [name, to] of made) await symlink(to, tree.path(name)).catch(() => {});
        const uri = tree.uri(parts.join("/").replaceAll("..", "x/../.."));
        const read = await readBytes(tree.files, uri, { maxBytes: 100 }).catch(() => Buffer.from(""));
        expect(Buffer.from(read).toString()).not.toBe("secret");
        await Promise.allSettled([
          tree.files.write(uri, Buffer.from("hacked"), { makeFolders: true }),
          tree.files.mkdir(`${uri}/n`, { recursive: true }),
          tree.files.remove(uri, { recursive: true }),
        ]);
        expect(await readdir(tree.outside)).toEqual(["secret"]);
        expect(await readFile(join(tree.outside, "secret"), "utf8")).toBe("secret");
        expect((await readdir(join(tree.root, ".."))).toSorted()).toEqual(["outside", "root"]);
      }),
      { numRuns: 60 },
    );
  });
});

test.runIf(isLinux)(
  "a folder that is exchanged for a link again and again never lets anything out",
  async () => {
    await using tree = await makeFileTree();
    const { files } = tree;
    await writeFile(join(tree.outside, "file"), "secret");
    await mkdir(join(tree.outside, "inner"));
    await writeFile(join(tree.outside, "inner", "kept"), "kept");
    await tree.put("work/file", "work/inner/gone");
    await tree.link("spare", tree.outside);
    const stop = new AbortController();
    let exchanges = 0;
    const exchange = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await rename(tree.path("work"), tree.path("away"));
        await rename(tree.path("spare"), tree.path("work"));
        await rename(tree.path("work"), tree.path("spare"));
        await rename(tree.path("away"), tree.path("work"));
        exchanges += 1;
      }
    };
    const exchanging = exchange();
    const outcomes = new Map<string, number>();
    const note = (error: FairleadError): void =>
      void outcomes.set(String(error.reason), (outcomes.get(String(error.reason)) ?? 0) + 1);
    // Until both have happened often: it went through, and it was refused.
    const isTold = (): boolean =>
      exchanges > 50 && (outcomes.get("done") ?? 0) > 20 && (outcomes.get("policy_denied") ?? 0) > 5;
    for (let round = 0; round < 150 || !isTold(); round += 1) {
      const attempts = [
        readBytes(files, tree.uri("work/file"), { maxBytes: 100 }).then((bytes) =>
          expect(Buffer.from(bytes).toString()).not.toBe("secret"),
        ),
        files.write(tree.uri("work/file"), Buffer.from("mine")),
        files.write(tree.uri(`work/new${round}`), Buffer.from("mine"), { createOnly: true }),
        files.mkdir(tree.uri(`work/made${round}`)),
        files.remove(tree.uri("work/inner"), { recursive: true }),
        files
          .list(tree.uri("work"))
          .then(({ entries }) => expect(entries.map(({ uri }) => uri).join()).not.toContain("outside")),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        if (outcome.status === "rejected") note(outcome.reason as FairleadError);
        else outcomes.set("done", (outcomes.get("done") ?? 0) + 1);
      }
    }
    stop.abort();
    await exchanging;
    expect((await readdir(tree.outside)).toSorted()).toEqual(["file", "inner"]);
    expect(await readFile(join(tree.outside, "file"), "utf8")).toBe("secret");
    expect(await readdir(join(tree.outside, "inner"))).toEqual(["kept"]);
    expect([...outcomes.keys()].filter((reason) => !known.has(reason))).toEqual([]);
    expect(await openDescriptors()).toEqual([]);
  },
);

const known = new Set(["done", "policy_denied", "file_unknown", "file_exists", "not_a_directory"]);

test("a root that is exchanged for a link afterwards opens nothing", async () => {
  await using tree = await makeFileTree();
  await writeFile(join(tree.outside, "secret"), "secret");
  await tree.put("mine");
  expect(await tree.text("mine")).toBe("mine");
  await rename(tree.root, `${tree.root}-away`);
  await symlink(tree.outside, tree.root);
  expect(await failureOf(tree.files.read(tree.uri("secret")))).toMatchObject(refused);
  await rm(tree.root);
});

test("a path of the other convention is refused, not reinterpreted", async () => {
  await using tree = await makeFileTree();
  for (const uri of [
    "file:///C:/x",
    "file://server/share/x",
    "/etc/passwd",
    "http://x/y",
    "file:///a%2Fb",
    "file:///a%00",
  ])
    expect(await failureOf(tree.files.stat(uri)), uri).toMatchObject({
      code: "usage",
      reason: "path_invalid",
    });
});
