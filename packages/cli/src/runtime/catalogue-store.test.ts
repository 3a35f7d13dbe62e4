import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CachedLists } from "@fairlead/host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCatalogueFiles } from "./catalogue-store.js";

let home: string;
let warnings: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fairlead-catalogue-"));
  warnings = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

const open = () => createCatalogueFiles({ home, warn: (text) => warnings.push(text) });
const file = (name: string): string => join(home, "state", "catalogue", name);
const lists = (tool: string): CachedLists => ({
  version: 1,
  savedAt: "2026-01-02T03:04:05.000Z",
  capabilities: { tools: { listChanged: true } },
  lists: { "tools/list": [`{"name":"${tool}","x":1.0}`] },
});

test("what was kept is read by the next host, to the last character", async () => {
  await open().write("files.0af3", lists("read"));
  expect(await open().read("files.0af3")).toEqual(lists("read"));
  expect(await open().read("other.0af3")).toBeUndefined();
  expect(await readdir(join(home, "state", "catalogue"))).toEqual(["files.0af3.json"]);
  expect(warnings).toEqual([]);
});

test.runIf(process.platform !== "win32")("what was kept is its owner's alone", async () => {
  await open().write("s.1", lists("a"));
  expect((await stat(join(home, "state", "catalogue"))).mode & 0o777).toBe(0o700);
  expect((await stat(file("s.1.json"))).mode & 0o777).toBe(0o600);
});

test("the last of many writes wins", async () => {
  const store = open();
  await Promise.all(["a", "b", "c", "d"].map((tool) => store.write("s.1", lists(tool))));
  expect(await store.read("s.1")).toEqual(lists("d"));
});

test("what is the same as before is only made younger, and the folder does not change", async () => {
  await open().write("s.1", lists("a"));
  const old = new Date("2026-01-02T03:04:05.000Z");
  await utimes(file("s.1.json"), old, old);
  const before = await stat(file("."));
  await open().write("s.1", { ...lists("a"), savedAt: "2026-07-08T09:10:11.000Z" });
  expect((await stat(file("s.1.json"))).mtimeMs).toBeGreaterThan(old.getTime());
  expect((await stat(file("."))).mtimeMs).toBe(before.mtimeMs);
  await open().write("s.1", lists("b"));
  expect(await open().read("s.1")).toEqual(lists("b"));
});

test.each([
  "",
  "half a lin",
  "[]",
  '{"version":2,"savedAt":"x","capabilities":{},"lists":{}}',
  '{"version":1}',
])("a file that holds %j is as good as none", async (text) => {
  await mkdir(join(home, "state", "catalogue"), { recursive: true });
  await writeFile(file("s.1.json"), text);
  expect(await open().read("s.1")).toBeUndefined();
  await open().write("s.1", lists("a"));
  expect(await open().read("s.1")).toEqual(lists("a"));
});

test("a key never leads out of the folder", async () => {
  for (const key of ["../s", "..", ".", "a/b", "a\\b", ""]) {
    await open().write(key, lists("a"));
    expect(await open().read(key)).toBeUndefined();
  }
  expect(await readdir(home)).toEqual([]);
});

test("a list that is too long to be kept is not", async () => {
  const long = { ...lists("a"), lists: { "tools/list": ["x".repeat(16 * 1024 * 1024)] } };
  await open().write("s.1", long);
  expect(await open().read("s.1")).toBeUndefined();
});

test("of very many launches the oldest are forgotten", async () => {
  const store = open();
  await mkdir(join(home, "state", "catalogue"), { recursive: true });
  for (let index = 0; index < 205; index += 1) {
    await writeFile(file(`s.${index}.json`), "{}");
    await utimes(file(`s.${index}.json`), index, index);
  }
  await store.write("s.new", lists("a"));
  const left = await readdir(join(home, "state", "catalogue"));
  expect(left).toHaveLength(200);
  expect(left).toEqual(expect.arrayContaining(["s.new.json", "s.204.json", "s.6.json"]));
  expect(left).not.toContain("s.5.json");
});

test("a folder that cannot be written is told once, and nothing fails", async () => {
  await writeFile(join(home, "state"), "in the way");
  const store = open();
  await store.write("s.1", lists("a"));
  await store.write("s.2", lists("a"));
  expect(warnings).toEqual([expect.stringContaining("cannot be written")]);
});
