import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { editFile } from "./edit-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-edit-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const backupSuffix = ".before";

test("a copy from before the first change is kept, for its owner alone", async () => {
  const file = join(folder, "settings.json");
  await writeFile(file, "old", { mode: 0o644 });
  expect(await editFile(file, () => "new", { backupSuffix })).toEqual({
    changed: true,
    backup: `${file}.before`,
  });
  expect(await readFile(`${file}.before`, "utf8")).toBe("old");
  expect((await stat(`${file}.before`)).mode & 0o777).toBe(0o600);
  expect((await stat(file)).mode & 0o777).toBe(0o644);

  expect(await editFile(file, () => "newer", { backupSuffix })).toMatchObject({ backup: `${file}.before` });
  expect(await readFile(`${file}.before`, "utf8")).toBe("old");
});

test("no copy is made of a file that is new, or stays as it is", async () => {
  const file = join(folder, "settings.json");
  expect(await editFile(file, () => "new", { backupSuffix })).toEqual({ changed: true });
  expect(await editFile(file, (text) => text, { backupSuffix })).toEqual({ changed: false });
  expect(await readdir(folder)).toEqual(["settings.json"]);
});

test("a lock that another program left as a folder is taken away once it is old", async () => {
  const file = join(folder, "settings.json");
  await mkdir(`${file}.lock`);
  await utimes(`${file}.lock`, 0, 0);
  await editFile(file, () => "new");
  expect(await readdir(folder)).toEqual(["settings.json"]);
});
