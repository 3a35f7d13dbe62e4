import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPrivateFile } from "./create-private-file.js";

describe("a private file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fl-private-"));
    path = join(folder, "secret");
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("is made with its content, for its owner alone, with nothing beside it", async () => {
    expect(await createPrivateFile(path, "mine\n")).toBe(true);
    expect(await readFile(path, "utf8")).toBe("mine\n");
    expect((await stat(path)).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    expect(await readdir(folder)).toEqual(["secret"]);
  });

  test("is left as it is where there is one", async () => {
    await writeFile(path, "theirs");
    expect(await createPrivateFile(path, "mine")).toBe(false);
    expect(await readFile(path, "utf8")).toBe("theirs");
    expect(await readdir(folder)).toEqual(["secret"]);
  });

  test("is whole for all who make it at the same moment, and that of one of them", async () => {
    const texts = Array.from({ length: 12 }, (_, index) =>
      String.fromCodePoint(97 + index).repeat(1_000_000),
    );
    const results = await Promise.all(
      texts.map(async (text) => ({
        isMade: await createPrivateFile(path, text),
        seen: await readFile(path, "utf8"),
      })),
    );
    const made = results.findIndex(({ isMade }) => isMade);
    expect(results.filter(({ isMade }) => isMade)).toHaveLength(1);
    expect(results.every(({ seen }) => seen === texts[made])).toBe(true);
  });

  test("is not there where it cannot be made", async () => {
    await expect(createPrivateFile(join(folder, "none", "secret"), "mine")).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
