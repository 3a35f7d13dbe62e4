import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadOrCreateToken } from "./bearer-token.js";

test.skipIf(process.platform === "win32")(
  "a token that others may read is refused with a line that can be pasted, also below a folder with a space",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "fl it's "));
    try {
      const path = join(folder, "executor.token");
      await writeFile(path, "a-token-of-sixteen-letters\n");
      await chmod(path, 0o644);
      const message = expect.stringContaining(`Run: chmod 600 '${path.replaceAll("'", "'\\''")}'`);
      await expect(loadOrCreateToken(path)).rejects.toMatchObject({ code: "usage", message });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test("a token is the same one for all who start at the same moment", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fl-token-"));
  try {
    const path = join(folder, "executor.token");
    const starts = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateToken(path)));
    expect(new Set(starts.map(({ token }) => token)).size).toBe(1);
    expect(await readdir(folder)).toEqual(["executor.token"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(process.platform === "win32")(
  "a token is read where nothing can be written beside it",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "fl-token-"));
    try {
      // Modes stop nobody who is root; but no name is longer than this, as one beside it would be.
      const path = join(folder, "t".repeat(255));
      await writeFile(path, "a-token-of-sixteen-letters\n", { mode: 0o600 });
      await chmod(folder, 0o500);
      expect(await loadOrCreateToken(path)).toMatchObject({ token: "a-token-of-sixteen-letters" });
    } finally {
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true });
    }
  },
);
