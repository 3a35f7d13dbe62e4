import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readIfThere } from "./read-if-there.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-read-"));
  file = join(folder, "mcp.json");
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

test("a file comes as it is, a missing one as nothing", async () => {
  expect(await readIfThere(file)).toBeUndefined();
  expect(await readIfThere(join(folder, "no", "such"))).toBeUndefined();
  const text = `\u{feff}{ "ü": "${"x".repeat(300_000)}" }`;
  await writeFile(file, text);
  expect(await readIfThere(file)).toBe(text);
  expect(await readIfThere(join(file, "below"))).toBeUndefined();
});

test("a folder, a file without end and bytes that are no text are refused", async () => {
  await mkdir(file);
  await expect(readIfThere(file)).rejects.toThrow(file);
  const large = join(folder, "large");
  await writeFile(large, "");
  await truncate(large, 64 * 1024 * 1024 + 1);
  await expect(readIfThere(large)).rejects.toThrow("is no file of at most 64 MiB");
  await writeFile(large, Buffer.from([0x7b, 0xff, 0x7d]));
  await expect(readIfThere(large)).rejects.toMatchObject({ code: "usage", reason: "config_invalid" });
  await expect(readIfThere(large)).rejects.toThrow("is not UTF-8");
});
