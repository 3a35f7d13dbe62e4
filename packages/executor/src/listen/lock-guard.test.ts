import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootMark } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askSocket, openGuard } from "./lock-guard.js";

const isLinux = process.platform === "linux";

let folder: string;
let path: string;
const sockets: Socket[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-guard-"));
  path = join(folder, ".0123456789abcdef");
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rm(folder, { recursive: true });
});

/** Starts somebody who listens and takes nobody from his queue, as one who is paused. */
async function listenPaused(): Promise<() => Promise<void>> {
  const script = `
    const { writeSync } = require("node:fs");
    require("node:net").createServer().listen({ path: process.argv[1], backlog: 1 }, () => {
      writeSync(1, "listening");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  return async () => {
    child.kill("SIGKILL");
    await exited;
  };
}

/** Connects until that is refused. @returns how */
async function fillQueue(): Promise<string | undefined> {
  for (let count = 0; count < 10; count += 1) {
    const socket = connect(path);
    sockets.push(socket);
    const code = await new Promise<string | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    if (code !== undefined) return code;
  }
  return undefined;
}

describe.runIf(isLinux)("the owner of a socket", () => {
  test("is alive while nobody is taken from a full queue, and dead once it is killed", async () => {
    const kill = await listenPaused();
    try {
      expect(await askSocket(path)).toBe("alive");
      expect(await fillQueue()).toBe("EAGAIN");
      expect(await askSocket(path)).toBe("alive");
    } finally {
      await kill();
    }
    expect(await askSocket(path)).toBe("dead");
    // There a full queue looks the same.
    expect(await askSocket(path, "darwin")).toBe("unknown");
  });

  test("is not known where there is no socket", async () => {
    expect(await askSocket(path)).toBe("unknown");
  });
});

describe.runIf(bootMark() !== undefined && process.platform !== "win32")("a guard", () => {
  test("is not published where its own process cannot reach it, and leaves nothing", async () => {
    expect(await openGuard(path, () => Promise.resolve("unknown"))).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await using guard = await openGuard(path);
    expect(guard?.identity).toContain(bootMark());
  });
});
