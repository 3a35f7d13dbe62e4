import { mkdir, readdir } from "node:fs/promises";
import { binaryCommand, runCommand } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene } from "./support/scene.js";

/** No file may have a single byte, as on a full disk. */
const withoutRoom = 'ulimit -f 0; exec "$@"';

test.skipIf(process.platform === "win32")(
  "an executor that cannot write its token leaves no empty one for the next start",
  async () => {
    await using scene = await createScene();
    const stateDir = scene.folder.file("state");
    await mkdir(stateDir, { mode: 0o700 });
    const serve = ["serve", "--listen", "127.0.0.1:0", "--state-dir", stateDir];
    const failed = await runCommand(
      ["sh", "-c", withoutRoom, "sh", ...binaryCommand("fairlead-executor"), ...serve],
      { env: scene.env, cwd: scene.folder.path },
    );
    expect(failed.stderr).toMatch(/^fairlead: The token file .* can be neither read nor made \(EFBIG\)\n$/);
    expect(failed.code).toBe(2);
    expect(await readdir(stateDir)).not.toContainEqual(expect.stringContaining("token"));
  },
);
