import { chmod, lstat, mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Listener, prepareListener } from "./open-listener.js";

describe.skipIf(process.platform === "win32")("a socket folder that is a link", () => {
  let folder: string;
  let [real, link] = ["", ""];
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "fl-link-")));
    [real, link] = [join(folder, "real"), join(folder, "link")];
    await mkdir(real, { mode: 0o700 });
    await symlink(real, link);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const prepare = (path: string): Promise<Listener> =>
    prepareListener({ listen: `unix://${path}/e.sock`, stateDir: folder });

  test("is followed once: who exchanges it later leads the executor nowhere else", async () => {
    const listener = await prepare(link);
    await rm(link);
    await mkdir(join(folder, "other"), { mode: 0o700 });
    await symlink(join(folder, "other"), link);
    const server = new Server();
    expect(await listener.bind(server)).toBe(`unix://${real}/e.sock`);
    expect((await lstat(join(real, "e.sock"))).isSocket()).toBe(true);
    server.forceShutdown();
    await listener.release();
  });

  test("is refused where the folder behind it is open, with the line that closes that one", async () => {
    await chmod(real, 0o755);
    await expect(prepare(link)).rejects.toMatchObject({
      reason: "insecure_transport",
      message: expect.stringContaining(`Run: chmod 700 ${real}`),
    });
  });

  test("is refused where it leads nowhere", async () => {
    await rm(real, { recursive: true });
    await expect(prepare(link)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(`${link} of the socket is a link that leads nowhere`),
    });
  });

  test("is refused where the path behind it is too long for a socket", async () => {
    const long = join(folder, "l".repeat(100));
    await mkdir(long, { mode: 0o700 });
    await symlink(long, `${link}2`);
    await expect(prepare(`${link}2`)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(`${long}/e.sock" is longer than 100 bytes`),
    });
  });
});
