import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkTokenFile } from "./check-token-file.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl tok-"));
  file = join(folder, "token");
  await writeFile(file, "secret\n");
});
afterEach(() => rm(folder, { recursive: true }));

const isPosix = process.platform !== "win32";

test.runIf(isPosix).each([0o644, 0o640, 0o620, 0o666, 0o604])(
  "a token file of mode %i is refused",
  async (mode) => {
    await chmod(file, mode);
    await expect(checkTokenFile(file)).rejects.toMatchObject({
      code: "forbidden",
      reason: "access_denied",
      message: expect.stringContaining(`chmod 600 '${file}'`),
    });
  },
);

test.runIf(isPosix).each([0o600, 0o400, 0o700])("one of mode %i is its owner's alone", async (mode) => {
  await chmod(file, mode);
  await expect(checkTokenFile(file)).resolves.toBeUndefined();
});

test("one that is not there is told by whoever reads it", async () => {
  await expect(checkTokenFile(join(folder, "none"))).resolves.toBeUndefined();
});
