import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeStartLock } from "./start-lock.js";

/** No process has it: the largest number of a process is far below. */
const dead = "2000000000 somebody";

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairlead-lock-"));
  lock = join(folder, "hub-start.lock");
});
afterEach(() => rm(folder, { recursive: true }));

test("one has it at a time, and the next one when it was given back", async () => {
  const giveBack = await takeStartLock(lock);
  expect(giveBack).toBeDefined();
  expect(await takeStartLock(lock)).toBeUndefined();
  await giveBack?.();
  await (await takeStartLock(lock))?.();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ["of a dead owner", dead],
  ["that says nothing", ""],
])("a lock %s goes to exactly one of many", async (_, content) => {
  for (let round = 0; round < 20; round += 1) {
    await writeFile(lock, content);
    const taken = await Promise.all(Array.from({ length: 8 }, () => takeStartLock(lock)));
    const owners = taken.filter((giveBack) => giveBack !== undefined);
    expect(owners).toHaveLength(1);
    await owners[0]?.();
    expect(await readdir(folder)).toEqual([]);
  }
});

test("a lock of somebody who lives is left alone", async () => {
  await writeFile(lock, "1 init");
  expect(await takeStartLock(lock)).toBeUndefined();
  expect(await readdir(folder)).toEqual(["hub-start.lock"]);
});

test("a lock that nobody can have held for so long is taken, whoever has its number now, and is not given back twice", async () => {
  const late = await takeStartLock(lock);
  const longAgo = Date.now() / 1_000 - 120;
  await utimes(lock, longAgo, longAgo);
  const giveBack = await takeStartLock(lock);
  expect(giveBack).toBeDefined();
  await late?.();
  expect(await readdir(folder)).toEqual(["hub-start.lock"]);
  await giveBack?.();
  expect(await readdir(folder)).toEqual([]);
});
