import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEraStore } from "./era-memory.js";
import { httpServer } from "./server-fixture.js";

const dayMs = 24 * 3_600_000;
const server = httpServer({ url: "https://mcp.example/mcp?key=hidden", proxy: "environment" });

let home: string;
let warnings: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fl-eras-"));
  warnings = [];
});
afterEach(() => rm(home, { recursive: true }));

const file = (): string => join(home, "state", "eras.json");
const open = (nowMs = 0) =>
  createEraStore({ home, warn: (text) => warnings.push(text), now: () => Date.UTC(2026, 0, 1) + nowMs });

async function note(era: "legacy" | "modern", of = server, nowMs = 0): Promise<void> {
  const store = open(nowMs);
  store.memoryOf(of).note(era);
  await store.flushed();
}

test("what was noted is known to the next command, for 30 days", async () => {
  expect(open().memoryOf(server).recall()).toBeUndefined();
  await note("modern");
  expect(
    open(29 * dayMs)
      .memoryOf(server)
      .recall(),
  ).toBe("modern");
  expect(
    open(31 * dayMs)
      .memoryOf(server)
      .recall(),
  ).toBeUndefined();
  // A clock that was wrong then must not make it last for ever.
  expect(
    open(-31 * dayMs)
      .memoryOf(server)
      .recall(),
  ).toBeUndefined();
  expect(warnings).toEqual([]);
});

test("a later verdict replaces an earlier one, at once and for others", async () => {
  const store = open();
  const memory = store.memoryOf(server);
  memory.note("modern");
  memory.note("legacy");
  expect(memory.recall()).toBe("legacy");
  await store.flushed();
  expect(open().memoryOf(server).recall()).toBe("legacy");
});

test("servers are told apart by where they are, not by their names", async () => {
  await note("modern");
  expect(
    open()
      .memoryOf({ ...server, name: "other" })
      .recall(),
  ).toBe("modern");
  expect(
    open()
      .memoryOf({ ...server, url: "https://mcp.example/other" })
      .recall(),
  ).toBeUndefined();
  expect(
    open()
      .memoryOf({ ...server, executor: "devbox" })
      .recall(),
  ).toBeUndefined();
});

test("two commands that note at the same time do not lose each other's verdict", async () => {
  const other = { ...server, executor: "devbox" };
  const [one, two] = [open(), open()];
  one.memoryOf(server).recall();
  two.memoryOf(other).recall();
  one.memoryOf(server).note("modern");
  await one.flushed();
  two.memoryOf(other).note("legacy");
  await two.flushed();
  expect([server, other].map((of) => open().memoryOf(of).recall())).toEqual(["modern", "legacy"]);
});

test("the file is private and holds no address; what is too old is dropped from it", async () => {
  await note("modern");
  await note("legacy", { ...server, executor: "devbox" }, 40 * dayMs);
  const text = await readFile(file(), "utf8");
  expect(text).not.toMatch(/hidden|example|devbox/);
  expect(Object.keys((JSON.parse(text) as { eras: object }).eras)).toHaveLength(1);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test.each(["", "{", "[]", '{"eras":3}', '{"eras":null}'])(
  "a damaged file is told, and made anew: %j",
  async (text) => {
    await mkdir(join(home, "state"));
    await writeFile(file(), text);
    expect(open().memoryOf(server).recall()).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/eras\.json is damaged and is ignored$/)]);
    await note("modern");
    expect(open().memoryOf(server).recall()).toBe("modern");
  },
);

test("single entries that make no sense are left out", async () => {
  await note("modern");
  const text = await readFile(file(), "utf8");
  await writeFile(
    file(),
    text.replace("{", '{"x":1,').replace('"eras":{', '"eras":{"a":1,"b":{"era":"old"},'),
  );
  expect(open().memoryOf(server).recall()).toBe("modern");
  expect(warnings).toEqual([]);
});

test("a file that cannot be written is told and hurts nobody", async () => {
  await writeFile(join(home, "state"), "in the way");
  await note("modern");
  expect(warnings.at(-1)).toMatch(/eras\.json cannot be written/);
});
