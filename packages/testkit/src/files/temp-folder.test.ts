import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readCompleteFile } from "./read-complete-file.js";
import { createTempFolder } from "./temp-folder.js";

test("is empty, short enough for a socket, and gone with all its content after disposal", async () => {
  let path: string;
  {
    await using folder = await createTempFolder();
    path = folder.path;
    expect(await readdir(path)).toEqual([]);
    expect(Buffer.byteLength(folder.file("executor-control.sock"))).toBeLessThan(100);
    const written = await folder.write("deep/down/note.txt", "text");
    expect(written).toBe(folder.file("deep/down/note.txt"));
    expect(await readFile(written, "utf8")).toBe("text");
    expect(await readdir(folder.file("deep/down"))).toEqual(["note.txt"]);
  }
  expect(existsSync(path)).toBe(false);
});

test("refuses a path that is too long for a socket and leaves nothing behind", async () => {
  const prefix = "x".repeat(70);
  await expect(createTempFolder(prefix)).rejects.toMatchObject({ code: "usage", reason: "path_invalid" });
  await using folder = await createTempFolder();
  const siblings = await readdir(`${folder.path}/..`);
  expect(siblings.filter((name) => name.startsWith(prefix))).toEqual([]);
});

test("a file is complete with its newline, not when it exists", async () => {
  await using folder = await createTempFolder();
  const path = await folder.write("pid", "12");
  await expect(readCompleteFile(path, { withinMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  const reading = readCompleteFile(path, { withinMs: 5_000 });
  await writeFile(path, "123\n");
  await expect(reading).resolves.toBe("123");
});
