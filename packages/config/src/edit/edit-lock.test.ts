import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withEditLock } from "./edit-lock.js";
import { takeAwayStale } from "./stale-lock.js";

let folder: string;
let file: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairlead-lock-"));
  file = join(folder, "config.toml");
  lock = `${file}.lock`;
});
afterEach(() => rm(folder, { recursive: true }));

test("a stale lock is taken away, a file as well as a folder", async () => {
  await writeFile(lock, "");
  await utimes(lock, 0, 0);
  await takeAwayStale(lock);
  await mkdir(lock);
  await utimes(lock, 0, 0);
  await takeAwayStale(lock);
  expect(await readdir(folder)).toEqual([]);
});

test("a fresh lock that was made after the stale one was looked at is put back", async () => {
  await writeFile(lock, "of the next holder");
  await takeAwayStale(lock);
  expect(await readFile(lock, "utf8")).toBe("of the next holder");
  await rm(lock);
  await mkdir(lock);
  await takeAwayStale(lock);
  expect(await readdir(folder)).toEqual(["config.toml.lock"]);
});

test("one's own lock is removed, also after a failure", async () => {
  await expect(withEditLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});

test("a lock that somebody else has put in the place of one's own is left alone", async () => {
  await withEditLock(file, async () => {
    await rm(lock);
    await writeFile(lock, "somebody else's");
  });
  expect(await readFile(lock, "utf8")).toBe("somebody else's");
});
