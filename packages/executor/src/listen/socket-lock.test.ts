import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockSocketPath } from "./socket-lock.js";

const inUse = { code: "already_exists", reason: "address_in_use" };
const hasStartTimes = existsSync("/proc/self/stat");

let folder: string;
let path: string;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-lock-"));
  path = join(folder, "e.sock");
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

function listen(): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  return new Promise((resolve) => server.listen(path, resolve));
}

describe("a socket path", () => {
  test("two starts at once: the one that locks first, and binds late, keeps socket and lock", async () => {
    const release = await lockSocketPath(path);
    await expect(lockSocketPath(path, { patienceMs: 120 })).rejects.toMatchObject(inUse);
    await listen();
    await expect(lockSocketPath(path)).rejects.toMatchObject(inUse);
    expect(new Set(await readdir(folder))).toEqual(new Set(["e.sock", "e.sock.lock"]));
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is had by one of many who come at the same moment", async () => {
    writeFileSync(`${path}.lock`, "999999999 - gone\n");
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockSocketPath(path, { patienceMs: 100 })),
    );
    const won = starts.filter((start) => start.status === "fulfilled");
    expect(won).toHaveLength(1);
    const reasons = starts.flatMap((start) => (start.status === "rejected" ? [start.reason as unknown] : []));
    expect(reasons).toEqual(Array.from({ length: 7 }, () => expect.objectContaining(inUse)));
    for (const { value: release } of won) await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is had at once when its owner let go while somebody waited", async () => {
    const release = await lockSocketPath(path);
    const waiting = lockSocketPath(path);
    await release();
    await (await waiting)();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ["ended", () => "999999999 1 gone\n"],
    ["ended, in the words of an earlier version", () => "999999999\n"],
    ["had our own process id, as the first process of every container has", () => `${process.pid} 1 gone\n`],
    ["left nothing readable", () => ""],
  ])("of an owner that %s is taken at once", async (_, line) => {
    writeFileSync(`${path}.lock`, line());
    const release = await lockSocketPath(path);
    expect(readFileSync(`${path}.lock`, "utf8")).toMatch(new RegExp(`^${process.pid} `));
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("of an owner in another container is not taken while that one answers, and is when it is silent", async () => {
    // The first process of every container has the same number.
    const line = `${process.pid} 1 elsewhere ffffffff\n`;
    writeFileSync(`${path}.lock`, line);
    await listen();
    await expect(lockSocketPath(path)).rejects.toMatchObject(inUse);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(line);
    for (const server of servers.splice(0)) server.close();
    const release = await lockSocketPath(path, { patienceMs: 0 });
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(hasStartTimes)(
    "of a dead owner whose process id another one has by now is taken at once",
    async () => {
      writeFileSync(`${path}.lock`, `${process.ppid} 1 gone\n`);
      const release = await lockSocketPath(path, { patienceMs: 0 });
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.runIf(hasStartTimes)("of an owner that lives is not taken, however long it is silent", async () => {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
    const began = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const line = `${process.ppid} ${began} alive\n`;
    writeFileSync(`${path}.lock`, line);
    await expect(lockSocketPath(path, { patienceMs: 100 })).rejects.toMatchObject(inUse);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(line);
  });

  test.skipIf(process.platform === "win32")(
    "in a folder that others can open is refused with a line that can be pasted",
    async () => {
      const open = join(folder, "a folder");
      await mkdir(open, { mode: 0o755 });
      await expect(lockSocketPath(join(open, "e.sock"))).rejects.toMatchObject({
        code: "usage",
        message: expect.stringContaining(`Run: chmod 700 '${open}'`),
      });
    },
  );

  test("that became somebody else's is left alone by its former owner", async () => {
    const release = await lockSocketPath(path);
    writeFileSync(`${path}.lock`, "1 1 other\n");
    await listen();
    await release();
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe("1 1 other\n");
  });
});
