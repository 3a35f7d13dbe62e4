import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
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
