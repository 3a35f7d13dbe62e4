import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createApprovalFile } from "./approval-file.js";

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
  expect(await store.isAlways("files", "write")).toBe(false);
  await Promise.all([
    store.setAlways("files", "write"),
    store.setAlways("files", "move"),
    store.setAlways("files", "write"),
    store.setAlways("other", "run"),
  ]);
  const next = createApprovalFile(home.path);
  expect(await next.isAlways("files", "write")).toBe(true);
  expect(await next.isAlways("files", "move")).toBe(true);
  expect(await next.isAlways("files", "run")).toBe(false);
  expect(await next.isAlways("toString", "write")).toBe(false);
  expect((await stat(home.file)).mode & 0o777).toBe(0o600);
});

test("what a person takes out of the file counts at once", async () => {
  await using home = await createHome();
  const store = createApprovalFile(home.path);
  await store.setAlways("files", "write");
  await home.write('{"version":1,"always":{}}');
  expect(await store.isAlways("files", "write")).toBe(false);
});

test.each(["{", "[]", "null", '{"always":{"files":"write"}}', '{"always":{"files":[1]}}'])(
  "a damaged file allows nothing, is told, and is not overwritten: %s",
  async (text) => {
    await using home = await createHome();
    await home.write(text);
    const store = createApprovalFile(home.path);
    await expect(store.isAlways("files", "write")).rejects.toMatchObject({ reason: "config_invalid" });
    await expect(store.setAlways("files", "write")).rejects.toMatchObject({ reason: "config_invalid" });
  },
);
