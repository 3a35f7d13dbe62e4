import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createApprovalFile } from "./approval-file.js";

const write = { server: "files", executor: "local", tool: "write" };

async function createHome() {
  const path = await mkdtemp(join(tmpdir(), "fl-approvals-"));
  const file = join(path, "state", "approvals.json");
  return {
    path,
    file,
    async write(text: string) {
      await mkdir(join(path, "state"), { recursive: true });
      await writeFile(file, text);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

test("what was always allowed is known to the next program, and only that", async () => {
  await using home = await createHome();
  const store = createApprovalFile(home.path);
  expect(await store.isAlways(write)).toBe(false);
  await Promise.all([
    store.setAlways(write),
    store.setAlways({ ...write, tool: "move" }),
    store.setAlways(write),
    store.setAlways({ ...write, server: "other" }),
  ]);
  const next = createApprovalFile(home.path);
  expect(await next.isAlways(write)).toBe(true);
  expect(await next.isAlways({ ...write, tool: "move" })).toBe(true);
  expect(await next.isAlways({ ...write, tool: "run" })).toBe(false);
  expect(await next.isAlways({ ...write, server: "toString" })).toBe(false);
  expect(await next.isAlways({ ...write, executor: "toString" })).toBe(false);
  expect((await stat(home.file)).mode & 0o777).toBe(0o600);
});

test("what was allowed on one machine is not allowed on another", async () => {
  await using home = await createHome();
  const store = createApprovalFile(home.path);
  await store.setAlways(write);
  expect(await store.isAlways({ ...write, executor: "production" })).toBe(false);
  await store.setAlways({ ...write, executor: "production", tool: "move" });
  expect(JSON.parse(await readFile(home.file, "utf8"))).toEqual({
    version: 2,
    always: { local: { files: ["write"] }, production: { files: ["move"] } },
  });
});

test("a file that does not say on which machine something was allowed allows nothing, and is replaced", async () => {
  await using home = await createHome();
  await home.write('{"version":1,"always":{"files":["write"]}}');
  const store = createApprovalFile(home.path);
  expect(await store.isAlways(write)).toBe(false);
  await store.setAlways(write);
  expect(await store.isAlways(write)).toBe(true);
});

test("what a person takes out of the file counts at once", async () => {
  await using home = await createHome();
  const store = createApprovalFile(home.path);
  await store.setAlways(write);
  await home.write('{"version":2,"always":{}}');
  expect(await store.isAlways(write)).toBe(false);
});

test.each([
  "{",
  "[]",
  "null",
  '{"always":[]}',
  '{"always":{"local":["write"]}}',
  '{"always":{"local":{"files":"write"}}}',
  '{"always":{"local":{"files":[1]}}}',
])("a damaged file allows nothing, is told, and is not overwritten: %s", async (text) => {
  await using home = await createHome();
  await home.write(text);
  const store = createApprovalFile(home.path);
  await expect(store.isAlways(write)).rejects.toMatchObject({ reason: "config_invalid" });
  await expect(store.setAlways(write)).rejects.toMatchObject({ reason: "config_invalid" });
});
