import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reserveArchive } from "./archive-file.js";

test("a file without an archive is removed again, and one with it stays for its owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-archive-"));
  try {
    const file = join(folder, "support.tar.gz");
    {
      await using _archive = await reserveArchive(file);
      await expect(reserveArchive(file)).rejects.toMatchObject({ code: "already_exists" });
    }
    expect(await readdir(folder)).toEqual([]);
    {
      await using archive = await reserveArchive(file);
      await archive.write(Buffer.from("archive"));
    }
    expect(await readFile(file, "utf8")).toBe("archive");
    const { mode } = await stat(file);
    expect(process.platform === "win32" ? 0o600 : mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});
