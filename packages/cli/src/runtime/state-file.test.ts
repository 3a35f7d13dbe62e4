import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceStateFile } from "./state-file.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fl-state-"));
});
afterEach(() => rm(home, { recursive: true }));

test("a file and its folder are made, and the file is replaced, for their owner alone", async () => {
  const file = join(home, "state", "kept.json");
  await replaceStateFile(file, "one");
  await chmod(file, 0o644);
  await replaceStateFile(file, "two");
  expect(await readFile(file, "utf8")).toBe("two");
  expect(await readdir(join(home, "state"))).toEqual(["kept.json"]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, "state"))).mode & 0o777).toBe(0o700);
});

test("what cannot be replaced stays as it was, with nothing beside it", async () => {
  const inTheWay = join(home, "kept.json");
  await mkdir(join(inTheWay, "inside"), { recursive: true });
  await expect(replaceStateFile(inTheWay, "two")).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
  expect(await readdir(home)).toEqual(["kept.json"]);
});
